import { readFileSync } from 'node:fs';

import { providers } from '../../nodes/FluxKontext/providers';
import { page, render } from '../../scripts/providersDoc';

it('finds docs/providers.md as the registry writes it (npm run docs brings it up to date)', () => {
	expect(readFileSync(page, 'utf8')).toBe(render(providers));
});
