import { partOf } from '../contract/rig';
import { fuzzInline, fuzzPace } from './cases';
import { fuzzResumed } from './resume';
import { fuzzRuns, useWorld } from './run';

describe.each(partOf(1, 2).map((provider) => [provider.displayName, provider] as const))(
	'%s',
	(_, provider) => {
		const world = useWorld(provider);
		fuzzRuns(world, 50);
		fuzzResumed(world, provider, 30);
		if (provider.id === 'blackForestLabs') fuzzPace(world);
		// Its answer to a status request brings the image itself.
		if (provider.id === 'sdServer') fuzzInline(world);
	},
);
