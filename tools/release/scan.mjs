// Runs n8n's scan of community packages, offline, over the sources and over the packed tarball. Its rules
// decide whether n8n verifies a package; inline exceptions do not count.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';

const folder = mkdtempSync(join(tmpdir(), 'flux-kontext-scan-'));
let failures = 0;
try {
	const args = ['pack', '--json', '--loglevel=error', '--pack-destination', folder];
	const [{ filename }] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' }));
	execFileSync('tar', ['-xzf', filename], { cwd: folder });
	const targets = [
		['sources', process.cwd(), SOURCE_FILE_PATTERNS],
		['tarball', join(folder, 'package'), undefined],
	];
	for (const [name, path, patterns] of targets) {
		const { passed, message, details } = await analyzePackage(path, patterns);
		const suffix = message ? ` (${message})` : '';
		console.log(`${passed ? 'passed' : 'FAILED'}: n8n's scan of the ${name}${suffix}`);
		if (details) console.log(details);
		if (!passed) failures += 1;
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
