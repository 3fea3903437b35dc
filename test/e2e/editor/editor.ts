import type { Browser, Page } from 'playwright-core';

import type { Emulator } from '../../../tools/emulator';
import { useN8nFixture, type N8nFixture } from '../n8nFixture';
import { startN8n } from '../../../tools/n8n-host/n8n';
import type { CredentialFile, Workflow } from '../../../tools/n8n-host/workflows';
import { startBrowser } from './browser';
import { part } from './part';

export interface Editor {
	fixture: N8nFixture;
	page: Page;
	/** Shows a workflow, or a new one. */
	open: (workflow?: Workflow) => Promise<void>;
}

interface Stock {
	credentials: CredentialFile[];
	workflows: Workflow[];
}

/** How long the editor may take for one step. */
const STEP_MS = 15_000;
/** Chromium's installation included. */
const UP_MS = 900_000;
const viewport = { width: 1440, height: 860 };

async function signIn(page: Page, { n8n }: N8nFixture): Promise<void> {
	const { email, password } = await n8n.owner();
	await page.goto(`${n8n.url}/signin`);
	await page.fill('input[type=email]', email);
	await page.fill('input[type=password]', password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL(({ pathname }) => !pathname.includes('signin'));
}

/** The editor of a real n8n that has nothing but these credentials and workflows, in a browser that is signed in. */
export function useEditor(
	stockOf: (emulator: Emulator) => Stock = () => ({ credentials: [], workflows: [] }),
): Editor {
	const stock: Stock = { credentials: [], workflows: [] };
	const fixture = useN8nFixture(
		[],
		async (emulator) => await Promise.resolve(Object.assign(stock, stockOf(emulator))),
		async (options) => await startN8n({ ...options, ...stock }),
	);
	const held = {} as { browser: Browser; page: Page };
	beforeAll(async () => {
		held.browser = await startBrowser();
		held.page = await held.browser.newPage({ viewport });
		held.page.setDefaultTimeout(STEP_MS);
		await signIn(held.page, fixture);
	}, UP_MS);
	afterAll(async () => {
		// What did not start is not there.
		await (held as Partial<typeof held>).browser?.close();
	});
	return {
		fixture,
		get page() {
			return held.page;
		},
		open: async (workflow) => {
			await held.page.goto(`${fixture.n8n.url}/workflow/${workflow?.id ?? 'new'}`);
			await part(held.page, 'canvas-wrapper').waitFor();
		},
	};
}
