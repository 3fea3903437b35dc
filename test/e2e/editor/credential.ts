import type { Locator, Page } from 'playwright-core';

import { panel } from './panel';
import { part, type } from './part';

const dialog = (page: Page): Locator => part(page, 'editCredential-modal');

/** The button below the provider of a node that has no credential yet. */
export async function create(page: Page): Promise<void> {
	await part(panel(page), 'node-credentials-empty-state').getByRole('button').click();
	await dialog(page).waitFor();
}

/** n8n tests a credential when it is opened and when it is saved. */
async function tested(page: Page, act: () => Promise<void>): Promise<void> {
	const answer = page.waitForResponse((response) => response.url().endsWith('/credentials/test'));
	await act();
	await answer;
}

/** Opens the credential of the node. */
export const reopen = async (page: Page): Promise<void> =>
	await tested(page, async () => await part(panel(page), 'credential-edit-button').click());

export async function fill(page: Page, values: Record<string, string>): Promise<void> {
	for (const [name, value] of Object.entries(values))
		await type(part(dialog(page), `parameter-input-${name}`).locator('input'), value);
}

export const save = async (page: Page): Promise<void> =>
	await tested(
		page,
		async () => await part(dialog(page), 'credential-save-button').getByRole('button').click(),
	);

/** What n8n says of the connection, with its reason where it failed; waits until it does. */
export async function verdict(page: Page): Promise<string[]> {
	const banner = dialog(page).locator('.el-tag').filter({ visible: true });
	await banner.waitFor();
	const more = banner.getByText('More details');
	if (await more.isVisible()) await more.click();
	const lines = (await banner.innerText()).split('\n').map((line) => line.trim());
	return lines.filter((line) => line !== '' && line !== 'Retry');
}

export async function close(page: Page): Promise<void> {
	await dialog(page).getByRole('button', { name: 'Close this dialog' }).click();
	await closed(page);
}

/** A dialog that makes a credential closes by itself when that works. */
export const closed = async (page: Page): Promise<void> => await dialog(page).waitFor({ state: 'hidden' });
