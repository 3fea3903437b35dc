import type { Locator, Page } from 'playwright-core';

import { byTestId, enterText } from './elements';
import { panel } from './panel';

const dialog = (page: Page): Locator => byTestId(page, 'editCredential-modal');

/** Opens the dialog for a new credential; the node must have none yet. */
export async function create(page: Page): Promise<void> {
	await byTestId(panel(page), 'node-credentials-empty-state').getByRole('button').click();
	await dialog(page).waitFor();
}

/** Runs `action` and waits for n8n's test of the credential, which opening and saving it triggers. */
async function waitForTest(page: Page, action: () => Promise<void>): Promise<void> {
	const response = page.waitForResponse((received) => received.url().endsWith('/credentials/test'));
	await action();
	await response;
}

/** Opens the credential of the node, which n8n then tests. */
export const reopen = async (page: Page): Promise<void> =>
	await waitForTest(page, async () => await byTestId(panel(page), 'credential-edit-button').click());

export async function fill(page: Page, values: Record<string, string>): Promise<void> {
	for (const [name, value] of Object.entries(values))
		await enterText(byTestId(dialog(page), `parameter-input-${name}`).locator('input'), value);
}

export const save = async (page: Page): Promise<void> =>
	await waitForTest(
		page,
		async () => await byTestId(dialog(page), 'credential-save-button').getByRole('button').click(),
	);

/** Waits for n8n's message about the connection; returns its lines, with the reason for a failure. */
export async function testMessage(page: Page): Promise<string[]> {
	const banner = dialog(page).locator('.el-tag').filter({ visible: true });
	await banner.waitFor();
	const details = banner.getByText('More details');
	if (await details.isVisible()) await details.click();
	const lines = (await banner.innerText()).split('\n').map((line) => line.trim());
	return lines.filter((line) => line !== '' && line !== 'Retry');
}

export async function close(page: Page): Promise<void> {
	await dialog(page).getByRole('button', { name: 'Close this dialog' }).click();
	await waitForClose(page);
}

/** Waits until the dialog is closed; n8n closes it by itself once a new credential is saved and works. */
export const waitForClose = async (page: Page): Promise<void> =>
	await dialog(page).waitFor({ state: 'hidden' });
