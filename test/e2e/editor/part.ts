import type { Locator, Page } from 'playwright-core';

/** A part of the editor by the name that n8n gives it for tests of its own. */
export const part = (within: Page | Locator, name: string): Locator =>
	within.locator(`[data-test-id="${name}"]`);

/** The visible choices of the list that is open. */
export const choices = (page: Page): Locator => page.locator('[role=option]').filter({ visible: true });

/** Takes the choice of this name, whatever is written below it, and waits for the list to close. */
export async function take(page: Page, name: string): Promise<void> {
	const choice = choices(page).filter({ has: page.getByText(name, { exact: true }) });
	await choice.click();
	await choice.waitFor({ state: 'hidden' });
}

/** Types into a field and leaves it: n8n takes what was typed a moment later, and a click in that moment can get lost. */
export async function type(field: Locator, text: string): Promise<void> {
	await field.fill(text);
	await field.press('Tab');
}
