import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { Fault, FaultKind, ProviderId } from '../../emulator';
import { faultKinds, fits } from '../../emulator/faults';
import { traitsOf } from './traits';

export const stages = ['submit', 'status', 'result', 'download', 'cancel', 'job'] as const;
export type MatrixStage = (typeof stages)[number];
export const timesOf = ['once', 'always'] as const;

/** One way in which a stage can go wrong. */
export interface Trouble {
	kind: FaultKind;
	/** Of a wrong answer. */
	status?: number;
	retryAfter?: 'seconds' | 'date';
}

export interface Cell {
	stage: MatrixStage;
	trouble: Trouble;
	times: (typeof timesOf)[number];
}

const statuses = [400, 401, 402, 403, 404, 408, 409, 410, 413, 422, 425, 429, 500, 502, 503, 504];
const wrongAnswers = statuses.flatMap<Trouble>((status) =>
	status === 429
		? (['seconds', 'date'] as const).map((retryAfter) => ({ kind: 'status', status, retryAfter }))
		: [{ kind: 'status', status }],
);

/** Every fault that can happen at a stage. */
export function troublesAt(stage: MatrixStage): Trouble[] {
	return faultKinds
		.filter((kind) => fits(kind, stage))
		.flatMap((kind) => (kind === 'status' ? wrongAnswers : [{ kind }]));
}

/** The stages that the jobs of a provider go through. */
export function stagesOf(provider: Provider): MatrixStage[] {
	const has: Record<MatrixStage, boolean> = {
		submit: true,
		status: provider.buildStatus !== undefined,
		result: provider.buildResult !== undefined,
		download: !traitsOf(provider).inline,
		cancel: provider.buildCancel !== undefined,
		job: true,
	};
	return stages.filter((stage) => has[stage]);
}

export const cellsAt = (stage: MatrixStage): Cell[] =>
	troublesAt(stage).flatMap((trouble) => timesOf.map((times) => ({ stage, trouble, times })));

export function troubleName({ kind, status, retryAfter }: Trouble): string {
	if (kind !== 'status') return kind;
	return retryAfter
		? `${status}, Retry-After as ${retryAfter === 'date' ? 'a date' : 'seconds'}`
		: `${status}`;
}

const RETRY_AFTER_MS = 3_000;

function headersOf({ retryAfter }: Trouble, now: number): Record<string, string> {
	if (!retryAfter) return {};
	return {
		'retry-after':
			retryAfter === 'seconds'
				? String(RETRY_AFTER_MS / 1000)
				: new Date(now + RETRY_AFTER_MS).toUTCString(),
	};
}

/** What is injected for a cell; a cancellation needs a job that never ends. */
export function faultsOf(
	{ stage, trouble, times }: Cell,
	provider: ProviderId,
	now: number,
	location: string,
): Fault[] {
	const { kind, status } = trouble;
	const fault: Fault = {
		provider,
		stage,
		kind,
		times: times === 'once' ? 1 : Infinity,
		headers: headersOf(trouble, now),
		...(status !== undefined && { status }),
		...(kind === 'redirect' && { location }),
	};
	return stage === 'cancel' ? [{ provider, stage: 'job', kind: 'never' }, fault] : [fault];
}

/**
 * Milliseconds that the job of a cell may take: enough to ride out the slowest single fault (a download is given up
 * after 120 s), and no more than needed where the end is that the time is over.
 */
export function timeoutOf({ stage, times }: Cell): number {
	if (stage === 'cancel') return 20_000;
	return times === 'once' && stage !== 'job' ? 300_000 : 60_000;
}
