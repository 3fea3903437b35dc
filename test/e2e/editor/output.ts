import type { Locator, Page } from 'playwright-core';

import { panel } from './panel';
import { part } from './part';

/** The two sides of a node's panel. */
export type Side = 'ndv-input-panel' | 'output-panel';

/** Runs the node, and those before it that have not run yet; waits until it has succeeded. */
export async function executeStep(page: Page): Promise<void> {
	await part(panel(page), 'node-execute-button').click();
	await part(part(panel(page), 'output-panel'), 'node-run-status-success').waitFor();
}

/** The preview of the image on this side. */
export async function preview(page: Page, side: Side): Promise<Locator> {
	const within = part(panel(page), side);
	await within.getByRole('radio', { name: 'Binary' }).click();
	await part(within, 'ndv-view-binary-data').click();
	const image = within.locator('img[src*="binary-data"]');
	await image.waitFor();
	return image;
}
