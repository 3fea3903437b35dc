import { readFileSync } from 'node:fs';

import { providers } from '../../../nodes/FluxKontext/providers';
import { page, render } from '../../../tools/docs/reliability';

it('matches the tables in docs/reliability.md (npm run docs updates them)', () => {
	const text = readFileSync(page, 'utf8');
	expect(render(text, providers)).toBe(text);
});
