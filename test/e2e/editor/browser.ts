import { chromium, type Browser } from 'playwright-core';

import { systemProgram } from '../../../tools/n8n-host/systemProgram';

/** Turns off what a test does not need, and what fails as root, in a container or without a display. */
const FLAGS = [
	'--no-sandbox',
	'--disable-dev-shm-usage',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

/** Starts headless Chromium: the executable that CHROMIUM names, or Debian's. Rejects if there is none. */
export async function startBrowser(): Promise<Browser> {
	const executablePath = process.env['CHROMIUM'] ?? (await systemProgram('chromium', 'chromium'));
	return await chromium.launch({ executablePath, args: FLAGS });
}
