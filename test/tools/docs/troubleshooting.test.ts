import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { fault, faultCodes } from '../../../nodes/FluxKontext/core/base/faults';

const root = resolve(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const nodes = join(root, 'nodes');
const sources = readdirSync(nodes, { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.ts'))
	.map((file) => readFileSync(join(nodes, file), 'utf8'))
	.join('\n')
	// Long messages are concatenated from several literals.
	.replaceAll(/['"`] \+\n\s*['"`]/g, '');

/** Each heading with what stands below it. */
const sections = new Map(page.split(/^#+ /m).map((part) => [part.slice(0, part.indexOf('\n')).trim(), part]));

describe.each(faultCodes)('the section of %s', (code) => {
	it('shows what the node advises', () => {
		expect(sections.get(code)).toContain(`*${fault(code, '').description}*`);
	});

	it('says whether anything was paid', () => {
		expect(sections.get(code)).toMatch(/paid/i);
	});

	it('quotes texts that the node says', () => {
		const quotes = [...(sections.get(code) ?? '').matchAll(/^> (.*)$/gm)].map(([, quote = '']) => quote);
		expect(quotes).not.toEqual([]);
		// Slanted parts and numbers stand for what differs from case to case.
		const parts = quotes
			.flatMap((quote) => quote.split(/\*[^*]+\*|\d+/))
			.map((part) => part.trim().replace(/:$/, ''));
		expect(parts.filter((part) => part.length > 2 && !sources.includes(part))).toEqual([]);
	});

	it('is led to from the table at the top', () => {
		expect(page).toContain(`| [${code}](#${code.toLowerCase()}) |`);
	});
});
