import { z } from 'zod';
import { isProviderId } from './ids';
import { callbackFaultKinds, faultKinds, fits, stages } from './faultKinds';
import type { Fault, ProviderId } from './types';

// JSON has no Infinity, so a fault that is injected over HTTP spells it as a string.
const times = z
	.number()
	.min(1)
	.or(z.literal('Infinity').transform(() => Infinity));

const faultSchema = z
	.object({
		provider: z.string().refine(isProviderId, 'is not a provider').optional(),
		stage: z.enum(stages),
		kind: z.enum([...faultKinds, 'slow', ...callbackFaultKinds]),
		times: times.optional(),
		status: z.number().int().min(200).max(599).optional(),
		headers: z.record(z.string()).optional(),
		body: z.unknown(),
		location: z.string().optional(),
		ms: z.number().min(0).optional(),
	})
	.strict()
	.superRefine(({ stage, kind, location }, context) => {
		const addIssue = (message: string) => context.addIssue({ code: 'custom', message });
		if (!fits(kind, stage)) addIssue(`The fault ${kind} cannot happen at the stage ${stage}`);
		if (kind === 'redirect' && location === undefined) addIssue('A redirect needs a location');
	});

/** Parses a fault. Throws a ZodError if it is malformed or could never occur. */
export const parseFault = (value: unknown): Fault => faultSchema.parse(value) as Fault;

/** The injected faults, each until it has occurred as often as it says. */
export class FaultQueue {
	readonly #queue: Array<{ fault: Fault; remaining: number }> = [];

	/** Appends a fault. */
	add(fault: Fault): void {
		this.#queue.push({ fault, remaining: fault.times ?? 1 });
	}

	/** Returns the first fault for this stage of this provider and counts it as having occurred once. */
	take(stage: Fault['stage'], provider: ProviderId | undefined): Fault | undefined {
		const index = this.#indexOf(stage, provider);
		const entry = this.#queue[index];
		if (entry === undefined) return undefined;
		entry.remaining -= 1;
		if (entry.remaining < 1) this.#queue.splice(index, 1);
		return entry.fault;
	}

	/** Counts the faults that have yet to occur, those without an end excepted. */
	get pending(): number {
		return this.#queue.filter(({ remaining }) => Number.isFinite(remaining)).length;
	}

	/** Reports whether a fault waits for this stage of this provider. */
	has(stage: Fault['stage'], provider: ProviderId | undefined): boolean {
		return this.#indexOf(stage, provider) >= 0;
	}

	/** Removes all faults. */
	clear(): void {
		this.#queue.length = 0;
	}

	#indexOf(stage: Fault['stage'], provider: ProviderId | undefined): number {
		return this.#queue.findIndex(
			({ fault }) =>
				fault.stage === stage && (fault.provider === undefined || fault.provider === provider),
		);
	}
}
