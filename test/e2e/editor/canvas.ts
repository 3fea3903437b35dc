import type { Page } from 'playwright-core';

import { part } from './part';

export async function zoom(page: Page, way: 'in' | 'out', steps: number): Promise<void> {
	for (let step = 0; step < steps; step += 1) await part(page, `zoom-${way}-button`).click();
}

/** Lets go of the node that is chosen. */
export async function chooseNone(page: Page): Promise<void> {
	await page.locator('.vue-flow__pane').click({ position: { x: 80, y: 120 } });
}
