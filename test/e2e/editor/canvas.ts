import type { Page } from 'playwright-core';

import { byTestId } from './elements';

export async function zoom(page: Page, direction: 'in' | 'out', steps: number): Promise<void> {
	for (let step = 0; step < steps; step += 1) await byTestId(page, `zoom-${direction}-button`).click();
}

/** Deselects the selected node, by a click on an empty part of the canvas. */
export async function deselect(page: Page): Promise<void> {
	await page.locator('.vue-flow__pane').click({ position: { x: 80, y: 120 } });
}
