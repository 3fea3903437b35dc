import type { Locator, Page } from 'playwright-core';

import { byTestId, chooseItem, enterText, listItems } from './elements';

export const panel = (page: Page): Locator => byTestId(page, 'ndv');
const field = (page: Page, parameter: string): Locator =>
	byTestId(panel(page), `parameter-input-${parameter}`);
const addButton = (page: Page): Locator => byTestId(panel(page), 'collection-parameter-add');

export async function open(page: Page, node: string): Promise<void> {
	await byTestId(page, 'canvas-node').filter({ hasText: node }).dblclick();
	await panel(page).waitFor();
}

export async function close(page: Page): Promise<void> {
	await byTestId(panel(page), 'ndv-close-button').click();
	await panel(page).waitFor({ state: 'hidden' });
}

/** Returns the labels of the visible fields, from top to bottom. */
export const labels = async (page: Page): Promise<string[]> =>
	await byTestId(panel(page), 'node-parameters')
		.locator('label .n8n-text')
		.filter({ visible: true })
		.allInnerTexts();

/** Returns the text in a field, or its placeholder while it is empty. */
export async function fieldText(page: Page, parameter: string): Promise<string> {
	const container = field(page, parameter);
	// A resource locator has a second input: the choice of its mode.
	const input =
		parameter === 'model' ? byTestId(container, 'rlc-input') : container.locator('input, textarea');
	return (await input.inputValue()) || ((await input.getAttribute('placeholder')) ?? '');
}

export async function fill(page: Page, parameter: string, text: string): Promise<void> {
	await enterText(field(page, parameter).locator('input, textarea'), text);
}

export async function choose(page: Page, parameter: string, value: string): Promise<void> {
	await field(page, parameter).getByRole('combobox').click();
	await chooseItem(page, value);
}

/** Opens a list, reads the names of its items and closes it. */
async function readItems(page: Page, list: Locator): Promise<string[]> {
	await list.click();
	await listItems(page).first().waitFor();
	const names = await listItems(page).allInnerTexts();
	await page.keyboard.press('Escape');
	await listItems(page).first().waitFor({ state: 'hidden' });
	return names.map((name) => name.split('\n')[0] ?? '');
}

/** Returns the names of the options that can still be added. */
export const availableOptions = async (page: Page): Promise<string[]> =>
	await readItems(page, addButton(page));

export async function addOption(page: Page, name: string): Promise<void> {
	await addButton(page).click();
	await chooseItem(page, name);
}

/** Chooses a model from the list of the provider. */
export async function chooseModel(page: Page, name: string): Promise<void> {
	await byTestId(field(page, 'model'), 'rlc-input-container').click();
	await byTestId(page, 'rlc-item').filter({ hasText: name }).click();
}

/** Locates the warning sign of a field whose value is invalid. */
export const issueSign = (page: Page, parameter: string): Locator =>
	byTestId(field(page, parameter), 'parameter-issues');

/** Returns the webhook URLs of a trigger, by the names of their tabs. */
export async function webhookUrls(page: Page): Promise<Record<string, string>> {
	await panel(page).getByTitle('Click to display webhook URLs').click();
	const urls: Record<string, string> = {};
	for (const tab of ['Test URL', 'Production URL']) {
		await panel(page).getByRole('radio', { name: tab }).click();
		urls[tab] = (await panel(page).locator('.webhook-url').innerText()).trim();
	}
	return urls;
}
