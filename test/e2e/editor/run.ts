import type { Locator, Page } from 'playwright-core';

import { byTestId } from './elements';
import { panel } from './panel';

/** Test ids of the two sides of a node's panel. */
export type Side = 'ndv-input-panel' | 'output-panel';

/** Runs the node, and the preceding nodes that have not run yet; waits until it has succeeded. */
export async function executeStep(page: Page): Promise<void> {
	await byTestId(panel(page), 'node-execute-button').click();
	await byTestId(byTestId(panel(page), 'output-panel'), 'node-run-status-success').waitFor();
}

/** Shows the preview of the image on the given side; returns its element. */
export async function preview(page: Page, side: Side): Promise<Locator> {
	const container = byTestId(panel(page), side);
	await container.getByRole('radio', { name: 'Binary' }).click();
	await byTestId(container, 'ndv-view-binary-data').click();
	const image = container.locator('img[src*="binary-data"]');
	await image.waitFor();
	return image;
}
