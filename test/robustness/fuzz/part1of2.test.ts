import { partOf } from '../../contract/contractFixture';
import { fuzzInline } from './cases';
import { fuzzResumed } from './resume';
import { fuzzRuns, useWorld } from './run';

describe.each(partOf(0, 2).map((provider) => [provider.displayName, provider] as const))(
	'%s',
	(_, provider) => {
		const fixture = useWorld(provider);
		fuzzRuns(fixture, 50);
		fuzzResumed(fixture, provider, 30);
		// Its answer to the submit brings the image itself.
		if (provider.id === 'together') fuzzInline(fixture);
	},
);
