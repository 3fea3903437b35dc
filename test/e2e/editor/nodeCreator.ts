import type { Locator, Page } from 'playwright-core';

import { panel } from './panel';
import { part } from './part';

const creator = (page: Page): Locator => part(page, 'node-creator');
const names = (within: Page | Locator): Locator => part(within, 'node-creator-item-name');
/** Not the headings among them. */
const entries = (page: Page): Locator =>
	part(creator(page), 'item-iterator-item').filter({ has: names(page), visible: true });

export interface Entry {
	name: string;
	icon: string;
}

/** Opens the list of nodes from the canvas and looks for this name, or a part of it; waits until it is found. */
export async function search(page: Page, name: string): Promise<void> {
	await page.locator('body').press('n');
	await part(page, 'node-creator-search-bar').fill(name);
	await names(creator(page)).first().filter({ hasText: name }).waitFor();
}

export async function listed(page: Page): Promise<Entry[]> {
	const read = async (entry: Locator): Promise<Entry> => ({
		name: await names(entry).innerText(),
		icon: (await entry.locator('img').first().getAttribute('src')) ?? '',
	});
	return await Promise.all((await entries(page).all()).map(read));
}

async function take(page: Page, name: string): Promise<void> {
	await entries(page)
		.filter({ has: page.getByText(name, { exact: true }) })
		.click();
}

/** Shows what can be added of a node: its actions and its triggers, unfolded. */
export async function details(page: Page, node: string): Promise<void> {
	await take(page, node);
	await part(creator(page), 'node-creator-category-item').first().waitFor();
	const folded = part(
		creator(page).locator('[data-category-collapsed=true]'),
		'node-creator-category-item',
	);
	while ((await folded.count()) > 0) await folded.first().click();
}

/** Adds our node or its trigger, which opens its panel. */
export async function add(page: Page, action: string): Promise<void> {
	await search(page, 'flux');
	await details(page, 'Flux Kontext');
	await take(page, action);
	await panel(page).waitFor();
}
