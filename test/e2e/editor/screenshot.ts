import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';

/** Folder for the documentation's screenshots; undefined in a run that takes none. */
const folder = process.env['PICTURES'];

export type Theme = 'light' | 'dark';
export const themes: readonly Theme[] = ['light', 'dark'];

/** Sets the colour scheme of the system, which n8n follows by default. */
export const setTheme = async (page: Page, theme: Theme): Promise<void> =>
	await page.emulateMedia({ colorScheme: theme });

const LEAVE_FIELD = 'document.activeElement.blur()';
const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
const ALL_LOADED = '[...document.images].every((image) => image.complete)';

/** Removes hover and focus, and waits until the notifications in the corner have disappeared. */
async function settle(page: Page): Promise<void> {
	await page.mouse.move(0, 0);
	await page.evaluate(LEAVE_FIELD);
	await page.locator('.el-notification').first().waitFor({ state: 'detached' });
}

/** Saves a screenshot of the editor in each theme, then sets the light one; does nothing without a folder. */
export async function screenshot(
	page: Page,
	name: string,
	inThemes: readonly Theme[] = themes,
): Promise<void> {
	if (folder === undefined) return;
	await settle(page);
	for (const theme of inThemes) {
		await setTheme(page, theme);
		// The icons of the other theme are requested when the page is rendered again.
		await page.evaluate(TWO_FRAMES);
		await page.waitForFunction(ALL_LOADED);
		const image = await page.screenshot({ animations: 'disabled', caret: 'hide' });
		const file = theme === 'light' ? `${name}.png` : `${name}.${theme}.png`;
		await sharp(image).png({ palette: true, effort: 10 }).toFile(join(folder, file));
	}
	await setTheme(page, 'light');
}
