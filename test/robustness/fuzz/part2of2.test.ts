import { partOf } from '../../contract/contractFixture';
import { fuzzEngine, fuzzInline } from './cases';
import { fuzzForged } from './forged';
import { fuzzResumed } from './resume';
import { fuzzRuns, useFuzzFixture } from './run';

describe.each(partOf(1, 2).map((provider) => [provider.displayName, provider] as const))(
	'whatever %s responds, the engine',
	(_, provider) => {
		const fixture = useFuzzFixture(provider);
		fuzzRuns(fixture, 50);
		fuzzResumed(fixture, provider, 30);
		fuzzForged(fixture);
		if (provider.id === 'blackForestLabs') fuzzEngine(fixture);
		// Its response to a status request contains the image.
		if (provider.id === 'sdServer') fuzzInline(fixture);
	},
);
