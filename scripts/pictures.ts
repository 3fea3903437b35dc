// Takes the pictures of the documentation from a real editor: needs Chromium (CHROMIUM names it; Debian's by default).
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';

import { chromium, type Page } from 'playwright-core';

import { startEmulator } from '../test/emulator';
import { installHost } from '../test/e2e/host/install';
import { startN8n } from '../test/e2e/host/n8n';
import { packTarball } from '../test/e2e/host/pack';
import type { Workflow } from '../test/e2e/host/workflows';

const CREDENTIAL = { id: 'fluxKontextPictures', name: 'Black Forest Labs account' };
const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

const flux = (id: string, name: string, x: number, parameters: Record<string, unknown>): Workflow['nodes'][number] => ({
	id,
	name,
	type: 'n8n-nodes-flux-kontext.fluxKontext',
	typeVersion: 1,
	position: [x, 0],
	credentials: { fluxKontextBlackForestLabsApi: CREDENTIAL },
	parameters: {
		provider: 'blackForestLabs',
		resource: 'image',
		model: { __rl: true, mode: 'list', value: 'flux-kontext-pro', cachedResultName: 'FLUX.1 Kontext [pro]' },
		...parameters,
	},
});

const workflow: Workflow = {
	id: 'fluxKontextPics1',
	name: 'From a prompt to an edited picture',
	active: false,
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			id: 'start',
			name: 'When clicking ‘Execute workflow’',
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		flux('generate', 'Generate an image', 260, {
			operation: 'generate',
			prompt: 'A wooded valley at dawn, soft light, film photograph',
			sizing: 'aspectRatio',
			aspectRatio: '16:9',
			options: { seed: 7 },
		}),
		flux('edit', 'Edit an image', 520, {
			operation: 'edit',
			prompt: 'Make it a clear night with a full moon',
			inputImages: { image: [{ source: 'binary', binaryProperty: 'data' }] },
			options: { seed: 7, outputFormat: 'jpeg' },
		}),
	],
	connections: {
		'When clicking ‘Execute workflow’': { main: [[{ node: 'Generate an image', type: 'main', index: 0 }]] },
		'Generate an image': { main: [[{ node: 'Edit an image', type: 'main', index: 0 }]] },
	},
};

async function signIn(page: Page, url: string, owner: { email: string; password: string }): Promise<void> {
	await page.goto(`${url}/signin`);
	await page.fill('input[type=email]', owner.email);
	await page.fill('input[type=password]', owner.password);
	await page.click('button:has-text("Sign in")');
	await page.waitForURL((address) => !address.pathname.includes('signin'));
}

async function takePictures(page: Page, url: string, folder: string): Promise<void> {
	await page.goto(`${url}/workflow/${workflow.id}`);
	const node = (name: string) => page.locator('[data-test-id="canvas-node"]', { hasText: name }).first();
	await node('Edit an image').waitFor();
	await page.click('[data-test-id="execute-workflow-button"]');
	await page.locator('[data-test-id="canvas-node-status-success"]').nth(2).waitFor({ timeout: 60_000 });
	await page.keyboard.press('1');
	await page.waitForTimeout(6_000);
	await page.screenshot({ path: `${folder}/canvas.png` });
	await node('Edit an image').dblclick();
	await page.locator('text="Binary" >> visible=true').last().click();
	await page.locator('text="View" >> visible=true').last().click();
	await page.waitForTimeout(3_000);
	await page.screenshot({ path: `${folder}/panel.png` });
}

async function main(): Promise<void> {
	const folder = resolve(__dirname, '..', 'docs', 'images');
	await mkdir(folder, { recursive: true });
	const host = await installHost({ report: console.log });
	const emulator = await startEmulator({ timing: { queueMs: 200, runMs: 800 } });
	const credential = { ...CREDENTIAL, type: 'fluxKontextBlackForestLabsApi', data: { ...emulator.providers.blackForestLabs } };
	const n8n = await startN8n({ host, packageTarball: await packTarball(), credentials: [credential], workflows: [workflow] });
	const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
	const browser = await chromium.launch({ executablePath, args: FLAGS });
	try {
		const page = await browser.newPage({ viewport: { width: 1440, height: 860 } });
		await signIn(page, n8n.url, await n8n.owner());
		await takePictures(page, n8n.url, folder);
	} finally {
		await browser.close();
		await n8n.stop();
		await emulator.close();
	}
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
