// n8n's own gate for community packages, run offline over the sources and over the packed tarball: the rules that decide
// whether n8n verifies a package, with inline exceptions not allowed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';

const folder = mkdtempSync(join(tmpdir(), 'flux-kontext-scan-'));
let failed = 0;
try {
	const [{ filename }] = JSON.parse(
		execFileSync('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], {
			encoding: 'utf8',
		}),
	);
	execFileSync('tar', ['-xzf', filename], { cwd: folder });
	const places = [
		['sources', process.cwd(), SOURCE_FILE_PATTERNS],
		['tarball', join(folder, 'package'), undefined],
	];
	for (const [name, place, patterns] of places) {
		const { passed, message, details } = await analyzePackage(place, patterns);
		console.log(
			`${passed ? 'passed' : 'FAILED'}: n8n's scan of the ${name}${message ? ` (${message})` : ''}`,
		);
		if (details) console.log(details);
		if (!passed) failed += 1;
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;
