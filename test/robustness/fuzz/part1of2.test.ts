import { partOf } from '../../contract/contractFixture';
import { fuzzInline } from './cases';
import { fuzzForged } from './forged';
import { fuzzResumed } from './resume';
import { fuzzRuns, useFuzzFixture } from './run';

describe.each(partOf(0, 2).map((provider) => [provider.displayName, provider] as const))(
	'whatever %s responds, the engine',
	(_, provider) => {
		const fixture = useFuzzFixture(provider);
		fuzzRuns(fixture, 50);
		fuzzResumed(fixture, provider, 30);
		fuzzForged(fixture);
		// Its response to the submit contains the image.
		if (provider.id === 'together') fuzzInline(fixture);
	},
);
