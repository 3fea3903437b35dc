import { isJobProvider, type Provider } from '../../../nodes/FluxKontext/core/provider';
import type { Fault, FaultKind, ProviderId } from '../../emulator';
import { faultKinds, fits } from '../../emulator/faults';
import { traitsOf } from './traits';

export const stages = ['submit', 'status', 'result', 'download', 'cancel', 'job'] as const;
export type MatrixStage = (typeof stages)[number];
export const timesOf = ['once', 'always'] as const;

/** Fault that can be injected at a stage. */
export interface Trouble {
	kind: FaultKind;
	/** HTTP status of an error response. */
	status?: number;
	retryAfter?: 'seconds' | 'date';
}

/** Fault at a stage, and whether it occurs once or persists. */
export interface Cell {
	stage: MatrixStage;
	trouble: Trouble;
	times: (typeof timesOf)[number];
}

const statuses = [400, 401, 402, 403, 404, 408, 409, 410, 413, 422, 425, 429, 500, 502, 503, 504];
const errorResponses = statuses.flatMap<Trouble>((status) =>
	status === 429
		? (['seconds', 'date'] as const).map((retryAfter) => ({ kind: 'status', status, retryAfter }))
		: [{ kind: 'status', status }],
);

/** Lists the faults that can occur at a stage. */
export function troublesAt(stage: MatrixStage): Trouble[] {
	return faultKinds
		.filter((kind) => fits(kind, stage))
		.flatMap((kind) => (kind === 'status' ? errorResponses : [{ kind }]));
}

/** Lists the stages of the jobs of a provider. */
export function stagesOf(provider: Provider): MatrixStage[] {
	const hasStage: Record<MatrixStage, boolean> = {
		submit: true,
		status: isJobProvider(provider),
		result: isJobProvider(provider) && provider.result !== undefined,
		download: !traitsOf(provider).inline,
		cancel: isJobProvider(provider) && provider.cancel !== undefined,
		job: true,
	};
	return stages.filter((stage) => hasStage[stage]);
}

/** Lists the cells of a stage: each fault, once and always. */
export const cellsAt = (stage: MatrixStage): Cell[] =>
	troublesAt(stage).flatMap((trouble) => timesOf.map((times) => ({ stage, trouble, times })));

/** Names a fault, such as "429, Retry-After as a date". */
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

/** Returns the faults to inject for a cell. A fault at the cancel request needs a job that never ends. */
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
 * Returns the timeout of a cell's job in milliseconds: enough to outlast the slowest single fault (a download
 * is aborted after 120 s), and no more than needed if the expected outcome is a timeout.
 */
export function timeoutOf({ stage, times }: Cell): number {
	if (stage === 'cancel') return 20_000;
	return times === 'once' && stage !== 'job' ? 300_000 : 60_000;
}
