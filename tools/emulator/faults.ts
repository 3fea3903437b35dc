import { z } from 'zod';
import { isProviderId } from './ids';
import type { CallbackFaultKind, Fault, FaultKind, ProviderId } from './types';

const stages = [
	'submit',
	'status',
	'result',
	'download',
	'cancel',
	'credentialTest',
	'other',
	'job',
	'callback',
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
const callbackFaultKinds = [
	'lost',
	'twice',
	'forged',
	'early',
	'late',
] as const satisfies readonly CallbackFaultKind[];

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
export function fits(kind: Fault['kind'], stage: Fault['stage']): boolean {
	if (isOfCallback(kind)) return stage === 'callback';
	const needed = onlyAt[kind];
	return needed === undefined ? stage !== 'job' && stage !== 'callback' : stage === needed;
}

const isOfCallback = (kind: Fault['kind']): kind is CallbackFaultKind =>
	callbackFaultKinds.some((each) => each === kind);

// JSON has no Infinity, so a fault that comes over HTTP spells it.
const times = z
	.number()
	.min(1)
	.or(z.literal('Infinity').transform(() => Infinity));

const faultSchema = z
	.object({
		provider: z.string().refine(isProviderId, 'is not a provider').optional(),
		stage: z.enum(stages),
		kind: z.enum([...faultKinds, ...callbackFaultKinds]),
		times: times.optional(),
		status: z.number().int().min(200).max(599).optional(),
		headers: z.record(z.string()).optional(),
		body: z.unknown(),
		location: z.string().optional(),
		ms: z.number().min(0).optional(),
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
	take(stage: Fault['stage'], provider: ProviderId | undefined): Fault | undefined {
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
