import { join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';

/** Where the documentation's pictures go, in a run that takes them. */
const folder = process.env['PICTURES'];

export type Theme = 'light' | 'dark';
export const themes: readonly Theme[] = ['light', 'dark'];

/** n8n follows the system by default. */
export const wear = async (page: Page, theme: Theme): Promise<void> =>
	await page.emulateMedia({ colorScheme: theme });

const LEAVE = 'document.activeElement.blur()';
const TWO_FRAMES = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';
const ALL_LOADED = '[...document.images].every((image) => image.complete)';

/** Points at nothing, is in no field, and waits until what popped up in the corner is gone. */
async function tidy(page: Page): Promise<void> {
	await page.mouse.move(0, 0);
	await page.evaluate(LEAVE);
	await page.locator('.el-notification').first().waitFor({ state: 'detached' });
}

/** Takes a picture of the editor as it is now, in each theme. */
export async function picture(page: Page, name: string, worn: readonly Theme[] = themes): Promise<void> {
	if (folder === undefined) return;
	await tidy(page);
	for (const theme of worn) {
		await wear(page, theme);
		// The icons of the other theme are asked for when the page is drawn anew.
		await page.evaluate(TWO_FRAMES);
		await page.waitForFunction(ALL_LOADED);
		const shot = await page.screenshot({ animations: 'disabled', caret: 'hide' });
		const file = theme === 'light' ? `${name}.png` : `${name}.${theme}.png`;
		await sharp(shot).png({ palette: true, effort: 10 }).toFile(join(folder, file));
	}
	await wear(page, 'light');
}
