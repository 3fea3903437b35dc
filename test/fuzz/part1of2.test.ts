import { partOf } from '../contract/rig';
import { fuzzInline } from './cases';
import { fuzzResumed } from './resume';
import { fuzzRuns, useWorld } from './run';

describe.each(partOf(0, 2).map((provider) => [provider.displayName, provider] as const))(
	'%s',
	(_, provider) => {
		const world = useWorld(provider);
		fuzzRuns(world, 50);
		fuzzResumed(world, provider, 30);
		// Its answer to the submit brings the image itself.
		if (provider.id === 'together') fuzzInline(world);
	},
);
