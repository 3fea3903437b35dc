import { partOf } from '../../contract/contractFixture';
import { fuzzInline, fuzzPace } from './cases';
import { fuzzResumed } from './resume';
import { fuzzRuns, useWorld } from './run';

describe.each(partOf(1, 2).map((provider) => [provider.displayName, provider] as const))(
	'%s',
	(_, provider) => {
		const fixture = useWorld(provider);
		fuzzRuns(fixture, 50);
		fuzzResumed(fixture, provider, 30);
		if (provider.id === 'blackForestLabs') fuzzPace(fixture);
		// Its answer to a status request brings the image itself.
		if (provider.id === 'sdServer') fuzzInline(fixture);
	},
);
