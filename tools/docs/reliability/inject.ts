import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { Fault, ProviderId } from '../../emulator';
import { storeKinds, type Cell, type StoreKind, type Times, type Trouble } from './matrix';
import { traitsOf } from './traits';

/** Fault of the store, and how often it occurs. */
export interface StoreTrouble {
	kind: StoreKind;
	times: Times;
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
