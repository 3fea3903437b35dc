import type { Locator, Page } from 'playwright-core';

import { byTestId } from './elements';
import { panel } from './panel';

const creator = (page: Page): Locator => byTestId(page, 'node-creator');
const names = (within: Page | Locator): Locator => byTestId(within, 'node-creator-item-name');
/** Locates the entries, without the headings between them. */
const entries = (page: Page): Locator =>
	byTestId(creator(page), 'item-iterator-item').filter({ has: names(page), visible: true });

export interface Entry {
	name: string;
	icon: string;
}

/** Opens the list of nodes from the canvas, searches for (part of) a name and waits for the first result. */
export async function search(page: Page, name: string): Promise<void> {
	await page.locator('body').press('n');
	await byTestId(page, 'node-creator-search-bar').fill(name);
	await names(creator(page)).first().filter({ hasText: name }).waitFor();
}

/** Returns the visible entries in their order. */
export async function listEntries(page: Page): Promise<Entry[]> {
	const readEntry = async (entry: Locator): Promise<Entry> => ({
		name: await names(entry).innerText(),
		icon: (await entry.locator('img').first().getAttribute('src')) ?? '',
	});
	return await Promise.all((await entries(page).all()).map(readEntry));
}

async function chooseEntry(page: Page, name: string): Promise<void> {
	await entries(page)
		.filter({ has: page.getByText(name, { exact: true }) })
		.click();
}

/** Opens the details of a node: its actions and its triggers, with all categories expanded. */
export async function openDetails(page: Page, node: string): Promise<void> {
	await chooseEntry(page, node);
	await byTestId(creator(page), 'node-creator-category-item').first().waitFor();
	const collapsed = byTestId(
		creator(page).locator('[data-category-collapsed=true]'),
		'node-creator-category-item',
	);
	while ((await collapsed.count()) > 0) await collapsed.first().click();
}

/** Adds the node or its trigger by one of its actions; n8n then opens its panel. */
export async function add(page: Page, action: string): Promise<void> {
	await search(page, 'flux');
	await openDetails(page, 'Flux Kontext');
	await chooseEntry(page, action);
	await panel(page).waitFor();
}
