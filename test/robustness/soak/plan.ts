import * as fc from 'fast-check';

import { defaultModel } from '../../../nodes/FluxKontext/core/request/prepare';
import { providers } from '../../../nodes/FluxKontext/providers';
import type { Fault, FaultKind, ProviderId, Stage } from '../../../tools/emulator';

/** What can happen on the way, and pass. */
const anywhere: readonly FaultKind[] = ['reset', 'lostAnswer', 'hang', 'stall', 'truncate', 'html', 'empty'];
const only: Readonly<Partial<Record<Stage, readonly FaultKind[]>>> = {
	status: ['unknownStatus'],
	download: ['expired', 'corrupt', 'notAnImage'],
};
const statuses: Readonly<Partial<Record<Stage, readonly number[]>>> = {
	submit: [429],
	status: [408, 425, 429, 500, 502, 503, 504],
	result: [408, 425, 429, 500, 502, 503, 504],
	download: [408, 425, 429, 500, 502, 503, 504],
};

/** How long a fault goes on: most pass at once, some outlast the job's patience. */
const durations = [1, 1, 1, 1, 1, 2, 3, 8];

export interface SoakItem {
	/** For the item's expressions. */
	json: { provider: string; operation: string; url: string };
	fault: Fault | null;
}

/** Items over all providers, with a fault at a random stage for two of three. The same seed makes the same plan. */
export function soakItems(seed: number, count: number, sampleUrl: string): SoakItem[] {
	const item = fc.record({
		provider: fc.constantFrom(...providers),
		stage: fc.constantFrom<Stage>('submit', 'status', 'status', 'result', 'download', 'download'),
		pick: fc.nat(1_000),
		status: fc.boolean(),
		times: fc.constantFrom(...durations),
		faulty: fc.constantFrom(true, true, false),
	});
	return fc
		.sample(item, { seed, numRuns: count })
		.map(({ provider, stage, pick, status, times, faulty }) => {
			const kinds = [...anywhere, ...(only[stage] ?? [])];
			const codes = statuses[stage] ?? [];
			const id = provider.id as ProviderId;
			const fault: Fault = status
				? { provider: id, stage, kind: 'status', status: codes[pick % codes.length] ?? 503, times }
				: { provider: id, stage, kind: kinds[pick % kinds.length] ?? 'reset', times };
			const operation = defaultModel(provider, 'generate') ? 'generate' : 'edit';
			return { json: { provider: id, operation, url: sampleUrl }, fault: faulty ? fault : null };
		});
}
