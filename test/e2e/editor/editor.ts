import type { Browser, Page } from 'playwright-core';

import type { Emulator } from '../../../tools/emulator';
import { startN8n } from '../../../tools/n8n-host/n8n';
import type { CredentialFile, Workflow } from '../../../tools/n8n-host/workflows';
import { useN8nFixture, type N8nFixture } from '../n8nFixture';
import { startBrowser } from './browser';
import { byTestId } from './elements';

export interface Editor {
	fixture: N8nFixture;
	page: Page;
	/** Opens the workflow, or a new one. */
	open: (workflow?: Workflow) => Promise<void>;
}

/** What n8n contains from the start. */
interface Contents {
	credentials: CredentialFile[];
	workflows: Workflow[];
}

/** Milliseconds for one step in the editor. */
const STEP_TIMEOUT_MS = 15_000;
/** Milliseconds for n8n, the browser and the sign-in to start, including the installation of Chromium. */
const START_TIMEOUT_MS = 900_000;
const viewport = { width: 1440, height: 860 };

async function signIn(page: Page, { n8n }: N8nFixture): Promise<void> {
	const { email, password } = await n8n.owner();
	await page.goto(`${n8n.url}/signin`);
	await page.fill('input[type=email]', email);
	await page.fill('input[type=password]', password);
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.waitForURL(({ pathname }) => !pathname.includes('signin'));
}

/** Starts a real n8n with only the given credentials and workflows, and a browser signed in to its editor. */
export function useEditor(
	contentsOf: (emulator: Emulator) => Contents = () => ({ credentials: [], workflows: [] }),
): Editor {
	const contents: Contents = { credentials: [], workflows: [] };
	const fixture = useN8nFixture(
		[],
		async (emulator) => await Promise.resolve(Object.assign(contents, contentsOf(emulator))),
		async (options) => await startN8n({ ...options, ...contents }),
	);
	const started = {} as { browser: Browser; page: Page };
	beforeAll(async () => {
		started.browser = await startBrowser();
		started.page = await started.browser.newPage({ viewport });
		started.page.setDefaultTimeout(STEP_TIMEOUT_MS);
		await signIn(started.page, fixture);
	}, START_TIMEOUT_MS);
	afterAll(async () => {
		// Undefined if the start failed.
		await (started as Partial<typeof started>).browser?.close();
	});
	return {
		fixture,
		get page() {
			return started.page;
		},
		open: async (workflow) => {
			await started.page.goto(`${fixture.n8n.url}/workflow/${workflow?.id ?? 'new'}`);
			await byTestId(started.page, 'canvas-wrapper').waitFor();
		},
	};
}
