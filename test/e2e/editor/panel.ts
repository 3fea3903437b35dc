import type { Locator, Page } from 'playwright-core';

import { choices, part, take, type } from './part';

export const panel = (page: Page): Locator => part(page, 'ndv');
const field = (page: Page, parameter: string): Locator => part(panel(page), `parameter-input-${parameter}`);
const addButton = (page: Page): Locator => part(panel(page), 'collection-parameter-add');

export async function open(page: Page, node: string): Promise<void> {
	await part(page, 'canvas-node').filter({ hasText: node }).dblclick();
	await panel(page).waitFor();
}

export async function close(page: Page): Promise<void> {
	await part(panel(page), 'ndv-close-button').click();
	await panel(page).waitFor({ state: 'hidden' });
}

/** What stands over the fields, from top to bottom. */
export const labels = async (page: Page): Promise<string[]> =>
	await part(panel(page), 'node-parameters')
		.locator('label .n8n-text')
		.filter({ visible: true })
		.allInnerTexts();

/** What a field shows, or the hint in it while it is empty. */
export async function shown(page: Page, parameter: string): Promise<string> {
	const whole = field(page, parameter);
	// A field with a choice of modes before it has two inputs.
	const input = parameter === 'model' ? part(whole, 'rlc-input') : whole.locator('input, textarea');
	return (await input.inputValue()) || ((await input.getAttribute('placeholder')) ?? '');
}

export async function fill(page: Page, parameter: string, text: string): Promise<void> {
	await type(field(page, parameter).locator('input, textarea'), text);
}

export async function choose(page: Page, parameter: string, choice: string): Promise<void> {
	await field(page, parameter).getByRole('combobox').click();
	await take(page, choice);
}

/** The choices that the open list offers; closes it. */
async function offer(page: Page, list: Locator): Promise<string[]> {
	await list.click();
	await choices(page).first().waitFor();
	const names = await choices(page).allInnerTexts();
	await page.keyboard.press('Escape');
	await choices(page).first().waitFor({ state: 'hidden' });
	return names.map((name) => name.split('\n')[0] ?? '');
}

export const offered = async (page: Page, parameter: string): Promise<string[]> =>
	await offer(page, field(page, parameter).getByRole('combobox'));

/** The options that can still be added. */
export const offeredOptions = async (page: Page): Promise<string[]> => await offer(page, addButton(page));

export async function addOption(page: Page, name: string): Promise<void> {
	await addButton(page).click();
	await take(page, name);
}

/** Takes a model from the list of the provider. */
export async function chooseModel(page: Page, name: string): Promise<void> {
	await part(field(page, 'model'), 'rlc-input-container').click();
	await part(page, 'rlc-item').filter({ hasText: name }).click();
}

/** The mark of a field that cannot stay as it is. */
export const mark = (page: Page, parameter: string): Locator =>
	part(field(page, parameter), 'parameter-issues');

/** The addresses of a trigger, by the names of the tabs that they stand under. */
export async function webhookUrls(page: Page): Promise<Record<string, string>> {
	await panel(page).getByTitle('Click to display webhook URLs').click();
	const urls: Record<string, string> = {};
	for (const tab of ['Test URL', 'Production URL']) {
		await panel(page).getByRole('radio', { name: tab }).click();
		urls[tab] = (await panel(page).locator('.webhook-url').innerText()).trim();
	}
	return urls;
}
