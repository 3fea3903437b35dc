import { isJobProvider, type Provider } from '../../../nodes/FluxKontext/core/provider';
import type { FaultKind } from '../../emulator';
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
export const storeKinds = ['storeFails', 'storeHangs'] as const;
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
