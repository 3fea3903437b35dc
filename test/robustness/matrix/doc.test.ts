import { readFileSync } from 'node:fs';

import { providers } from '../../../nodes/FluxKontext/providers';
import { page, render } from '../../../tools/docs/reliability';

it('finds the matrix in docs/reliability.md as the rules have it (npm run docs brings it up to date)', () => {
	const text = readFileSync(page, 'utf8');
	expect(render(text, providers)).toBe(text);
});
