import { isJobProvider, type Provider } from '../../../nodes/FluxKontext/core/provider';
import type { Fault, FaultKind, ProviderId } from '../../emulator';
import { faultKinds, fits } from '../../emulator/faultKinds';
import { traitsOf } from './traits';

export const stages = [
	'input',
	'submit',
	'status',
	'result',
	'answer',
	'download',
	'store',
	'cancel',
	'job',
] as const;
export type MatrixStage = (typeof stages)[number];

/** What can be wrong with n8n's binary data storage. */
const storeKinds = ['storeFails', 'storeHangs'] as const;
export type StoreKind = (typeof storeKinds)[number];

/** Fault that can be injected at a stage. */
export interface Trouble {
	kind: FaultKind | StoreKind;
	/** HTTP status of an error response. */
	status?: number;
	retryAfter?: 'seconds' | 'date';
	/**
	 * Body of an error of the infrastructure in front of the API: one that says nothing, or the provider's
	 * own words for a job that failed. Default: the provider's error body.
	 */
	says?: 'upstream' | 'jobFailed';
}

/** How often a fault occurs. */
export type Times = 'once' | 'twice' | 'always';

/** Fault of the store, and how often it occurs. */
export interface StoreTrouble {
	kind: StoreKind;
	times: Times;
}

/** Fault at a stage, and how often it occurs. */
export interface Cell {
	stage: MatrixStage;
	trouble: Trouble;
	times: Times;
}

const statuses = [400, 401, 402, 403, 404, 408, 409, 410, 413, 422, 425, 429, 500, 502, 503, 504];
const errorResponses = statuses.flatMap<Trouble>((status) =>
	status === 429
		? (['seconds', 'date'] as const).map((retryAfter) => ({ kind: 'status', status, retryAfter }))
		: [{ kind: 'status', status }],
);
const heldResponses = [429, 500, 503].map<Trouble>((status) => ({ kind: 'held', status }));
const infrastructureErrors: Trouble[] = [
	{ kind: 'status', status: 503, says: 'upstream' },
	{ kind: 'status', status: 503, says: 'jobFailed' },
];

/** Lists the faults of a kind that can occur at a stage. */
function troublesOf(kind: FaultKind, stage: MatrixStage): Trouble[] {
	if (kind === 'held') return heldResponses;
	if (kind !== 'status') return [{ kind }];
	return ['status', 'result'].includes(stage)
		? [...errorResponses, ...infrastructureErrors]
		: errorResponses;
}

/** Lists the faults that can occur at a stage. */
export function troublesAt(stage: MatrixStage): Trouble[] {
	if (stage === 'store') return storeKinds.map((kind) => ({ kind }));
	return faultKinds.filter((kind) => fits(kind, stage)).flatMap((kind) => troublesOf(kind, stage));
}

/**
 * Lists how often a fault occurs in the cells of the matrix. Large responses are sent once, as they take
 * long.
 */
export function timesOf({ kind, says }: Trouble): Times[] {
	if (kind === 'large' || kind === 'bomb') return ['once'];
	return says ? ['once', 'twice', 'always'] : ['once', 'always'];
}

/** Lists the stages of the jobs of a provider. */
export function stagesOf(provider: Provider): MatrixStage[] {
	const hasStage: Record<MatrixStage, boolean> = {
		input: traitsOf(provider).input !== null,
		submit: true,
		status: isJobProvider(provider),
		result: isJobProvider(provider) && provider.result !== undefined,
		answer: true,
		download: !traitsOf(provider).inline,
		store: true,
		cancel: isJobProvider(provider) && provider.cancel !== undefined,
		job: true,
	};
	return stages.filter((stage) => hasStage[stage]);
}

/** Lists the cells of a stage: each fault, as often as it can occur. */
export const cellsAt = (stage: MatrixStage): Cell[] =>
	troublesAt(stage).flatMap((trouble) => timesOf(trouble).map((times) => ({ stage, trouble, times })));

/** Names a fault, such as "429, Retry-After as a date". */
export function troubleName({ kind, status, retryAfter, says }: Trouble): string {
	if (kind === 'held') return `${status}, held`;
	if (kind !== 'status') return kind;
	if (says) return `${status}, ${says}`;
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

/** Number of times that a fault is injected. */
export const countOf: Record<Times, number> = { once: 1, twice: 2, always: Infinity };

const isStoreKind = (kind: Trouble['kind']): kind is StoreKind =>
	storeKinds.some((storeKind) => storeKind === kind);

/** Returns the fault of the store in a cell; `undefined` if there is none. */
export function storeTroubleOf({ trouble: { kind }, times }: Cell): StoreTrouble | undefined {
	return isStoreKind(kind) ? { kind, times } : undefined;
}

/**
 * Returns the faults to inject into the emulator for a cell; none for a fault of the store. A fault at the
 * cancel request needs a job that never ends.
 */
export function faultsOf(
	{ stage, trouble, times }: Cell,
	provider: Provider,
	now: number,
	location: string,
): Fault[] {
	const { kind, status, says } = trouble;
	if (stage === 'store' || isStoreKind(kind)) return [];
	const fault: Fault = {
		// The input image is no provider's.
		...(stage !== 'input' && { provider: provider.id as ProviderId }),
		stage,
		kind,
		times: countOf[times],
		headers: headersOf(trouble, now),
		...(status !== undefined && { status }),
		...(kind === 'redirect' && { location }),
		...(says && {
			body: says === 'jobFailed' ? traitsOf(provider).failedJobBody : { error: 'upstream' },
		}),
	};
	return stage === 'cancel'
		? [{ provider: provider.id as ProviderId, stage: 'job', kind: 'never' }, fault]
		: [fault];
}

/**
 * Returns the timeout of a cell's job in milliseconds: enough to outlast the slowest single fault (a download
 * is aborted after 120 s), and no more than needed if the expected outcome is a timeout.
 */
export function timeoutOf({ stage, times }: Cell): number {
	if (stage === 'cancel') return 20_000;
	return times !== 'always' && stage !== 'job' ? 300_000 : 60_000;
}
