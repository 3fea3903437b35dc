import * as fc from 'fast-check';

import { defaultModel } from '../../../nodes/FluxKontext/core/request/plan';
import { providers } from '../../../nodes/FluxKontext/providers';
import type { Fault, FaultKind, ProviderId, Stage } from '../../../tools/emulator';

/** Transient faults of any stage. */
const commonKinds: readonly FaultKind[] = [
	'reset',
	'lostAnswer',
	'hang',
	'stall',
	'truncate',
	'html',
	'empty',
];
/** Further transient faults of single stages. */
const stageKinds: Readonly<Partial<Record<Stage, readonly FaultKind[]>>> = {
	status: ['unknownStatus'],
	download: ['expired', 'corrupt', 'notAnImage'],
};
/** Transient error statuses. */
const statuses: Readonly<Partial<Record<Stage, readonly number[]>>> = {
	submit: [429],
	status: [408, 425, 429, 500, 502, 503, 504],
	result: [408, 425, 429, 500, 502, 503, 504],
	download: [408, 425, 429, 500, 502, 503, 504],
};

/** How often a fault occurs: most occur once, some persist until the job times out. */
const occurrences = [1, 1, 1, 1, 1, 2, 3, 8];

/** Input item of the soak, and the fault to inject for it. */
export interface SoakItem {
	/** Values for the expressions of the node's parameters. */
	json: { provider: string; operation: string; url: string };
	fault: Fault | null;
}

/**
 * Creates items for random providers; two of three have a fault at a random stage. The same seed leads to the
 * same items.
 */
export function soakItems(seed: number, count: number, sampleUrl: string): SoakItem[] {
	const item = fc.record({
		provider: fc.constantFrom(...providers),
		stage: fc.constantFrom<Stage>('submit', 'status', 'status', 'result', 'download', 'download'),
		index: fc.nat(1_000),
		isStatus: fc.boolean(),
		times: fc.constantFrom(...occurrences),
		isFaulty: fc.constantFrom(true, true, false),
	});
	return fc
		.sample(item, { seed, numRuns: count })
		.map(({ provider, stage, index, isStatus, times, isFaulty }) => {
			const kinds = [...commonKinds, ...(stageKinds[stage] ?? [])];
			const codes = statuses[stage] ?? [];
			const id = provider.id as ProviderId;
			const fault: Fault = isStatus
				? { provider: id, stage, kind: 'status', status: codes[index % codes.length] ?? 503, times }
				: { provider: id, stage, kind: kinds[index % kinds.length] ?? 'reset', times };
			const operation = defaultModel(provider, 'generate') ? 'generate' : 'edit';
			return { json: { provider: id, operation, url: sampleUrl }, fault: isFaulty ? fault : null };
		});
}
