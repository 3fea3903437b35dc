import { z } from 'zod';
import { isProviderId } from './ids';
import type { Fault, FaultKind, ProviderId, Stage } from './types';

const stages = [
	'submit',
	'status',
	'result',
	'download',
	'cancel',
	'credentialTest',
	'other',
	'job',
] as const satisfies ReadonlyArray<Fault['stage']>;
export const faultKinds = [
	'status',
	'reset',
	'lostAnswer',
	'hang',
	'stall',
	'truncate',
	'html',
	'empty',
	'unknownStatus',
	'expired',
	'notAnImage',
	'corrupt',
	'redirect',
	'fail',
	'moderate',
	'never',
] as const satisfies readonly FaultKind[];

const onlyAt: Partial<Record<FaultKind, Fault['stage']>> = {
	unknownStatus: 'status',
	expired: 'download',
	notAnImage: 'download',
	corrupt: 'download',
	fail: 'job',
	moderate: 'job',
	never: 'job',
};

/** Whether such a fault can happen there. */
export function fits(kind: FaultKind, stage: Fault['stage']): boolean {
	const needed = onlyAt[kind];
	return needed === undefined ? stage !== 'job' : stage === needed;
}

// JSON has no Infinity, so a fault that comes over HTTP spells it.
const times = z.number().min(1).or(z.literal('Infinity').transform(() => Infinity));

const faultSchema = z
	.object({
		provider: z.string().refine(isProviderId, 'is not a provider').optional(),
		stage: z.enum(stages),
		kind: z.enum(faultKinds),
		times: times.optional(),
		status: z.number().int().min(200).max(599).optional(),
		headers: z.record(z.string()).optional(),
		body: z.unknown(),
		location: z.string().optional(),
	})
	.strict()
	.superRefine(({ stage, kind, location }, context) => {
		const refuse = (message: string) => context.addIssue({ code: 'custom', message });
		if (!fits(kind, stage)) refuse(`The fault ${kind} cannot happen at the stage ${stage}`);
		if (kind === 'redirect' && location === undefined) refuse('A redirect needs a location');
	});

/** Throws a ZodError on a fault that could never happen. */
export const parseFault = (value: unknown): Fault => faultSchema.parse(value) as Fault;

export class FaultQueue {
	readonly #queue: Array<{ fault: Fault; left: number }> = [];

	add(fault: Fault): void {
		this.#queue.push({ fault, left: fault.times ?? 1 });
	}

	/** The first queued fault for this stage of this provider, which is thereby used up once. */
	take(stage: Stage | 'job', provider: ProviderId | undefined): Fault | undefined {
		const index = this.#queue.findIndex(
			({ fault }) =>
				fault.stage === stage && (fault.provider === undefined || fault.provider === provider),
		);
		const entry = this.#queue[index];
		if (entry === undefined) return undefined;
		entry.left -= 1;
		if (entry.left < 1) this.#queue.splice(index, 1);
		return entry.fault;
	}

	clear(): void {
		this.#queue.length = 0;
	}
}
