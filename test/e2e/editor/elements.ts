import type { Locator, Page } from 'playwright-core';

/** Locates an element of the editor by the id that n8n's own tests use. */
export const byTestId = (within: Page | Locator, name: string): Locator =>
	within.locator(`[data-test-id="${name}"]`);

/** Locates the visible items of the open list. */
export const listItems = (page: Page): Locator => page.locator('[role=option]').filter({ visible: true });

/** Clicks the item with this name, whatever description it has, and waits for the list to close. */
export async function chooseItem(page: Page, name: string): Promise<void> {
	const item = listItems(page).filter({ has: page.getByText(name, { exact: true }) });
	await item.click();
	await item.waitFor({ state: 'hidden' });
}

/** Enters text and leaves the field: n8n applies text with a delay, during which a click can get lost. */
export async function enterText(field: Locator, text: string): Promise<void> {
	await field.fill(text);
	await field.press('Tab');
}
