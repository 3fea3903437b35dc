import { chromium, type Browser } from 'playwright-core';

import { tool } from '../../../tools/n8n-host/tools';

/** What a browser for one page on this machine does not need; and what it cannot have as root, in a container or without a display. */
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

/** Chromium without a window: the one that CHROMIUM names, or Debian's. */
export async function startBrowser(): Promise<Browser> {
	const executablePath = process.env['CHROMIUM'] ?? (await tool('chromium', 'chromium'));
	return await chromium.launch({ executablePath, args: FLAGS });
}
