import type { FaultCode } from '../../../index';
import type { Ending } from './ending';
import type { Cell, Trouble } from './matrix';
import type { Traits } from './traits';

const codes: Readonly<Record<number, FaultCode>> = {
	400: 'invalidRequest',
	401: 'auth',
	402: 'payment',
	403: 'auth',
	404: 'notFound',
	410: 'expired',
	413: 'invalidRequest',
	422: 'invalidRequest',
};

/** Tells whether a status may be transient. */
const isTransient = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500;
const codeOf = ({ status = 302 }: Trouble): FaultCode => codes[status] ?? 'badResponse';
const isDefinite = ({ kind, status = 0 }: Trouble): boolean =>
	kind === 'redirect' || (kind === 'status' && !isTransient(status));

const delivered: Ending = { end: 'delivered', job: true, lost: false, billed: 1, again: false };
const withJob = (end: FaultCode): Ending => ({ ...delivered, end });
/** Nothing was accepted. */
const refused = (end: FaultCode): Ending => ({ ...delivered, end, job: false, billed: 0 });

/**
 * Returns the outcome of a fault at the submit. A submit is repeated after 429 only; any other fault after
 * which a job may exist is reported, and not as retryable.
 */
function atSubmit({ trouble, times }: Cell, { submitErrorCode, largeSubmit }: Traits): Ending {
	const { kind, status = 0 } = trouble;
	if (kind === 'large' && largeSubmit) return delivered;
	// An error of which the end never comes says nothing for certain.
	if (kind === 'held') return refused('unavailable');
	if (status === 429) return { ...(times === 'once' ? delivered : refused('rateLimited')), again: true };
	const code = submitErrorCode(status) ?? (isDefinite(trouble) ? codeOf(trouble) : 'unavailable');
	// To the client, a connection that breaks before the request is handled looks like one that breaks later.
	const handled = !['status', 'redirect', 'reset'].includes(kind);
	return { ...refused(code), billed: handled ? 1 : 0 };
}

/**
 * Returns the outcome of a fault at a status or result request. These requests are free of charge, so
 * transient faults are retried. A 404 is transient only within the first 10 s, while the job may not be known
 * yet.
 */
function atStatusRequest({ trouble, times }: Cell, { readsFailedJob }: Traits): Ending {
	// A failure that the infrastructure tells is believed when it is told twice in a row.
	if (trouble.says === 'jobFailed' && readsFailedJob)
		return times === 'once' ? delivered : withJob('failed');
	if (times !== 'always' && trouble.says) return delivered;
	if (times === 'once' && trouble.status === 404) return delivered;
	// A response that says nothing about the job (a redirect, 409) is retried like any transient fault.
	if (isDefinite(trouble) && codeOf(trouble) !== 'badResponse') return withJob(codeOf(trouble));
	return times === 'once' ? delivered : withJob('timeout');
}

/** Faults after which the response is complete, but is not a complete image. */
const NOT_AN_IMAGE = ['html', 'empty', 'notAnImage', 'corrupt'];

/** Returns the outcome of a fault at the download. */
function atDownload({ trouble, times }: Cell): Ending {
	const { kind, status = 0 } = trouble;
	// A download carries no key, so redirects are followed.
	if (kind === 'redirect') return delivered;
	if (times === 'once') return delivered;
	if (kind === 'expired' || [403, 404, 410].includes(status)) return withJob('expired');
	return withJob(isDefinite(trouble) || NOT_AN_IMAGE.includes(kind) ? 'badResponse' : 'timeout');
}

/**
 * Returns the outcome of a fault at the URL of an input image. Nothing is submitted without an image that
 * the model needs as bytes. A size that cannot be read does not matter, unless the server says that there
 * is no image.
 */
function atInput({ trouble, times }: Cell, { input }: Traits): Ending {
	const { kind, status = 0 } = trouble;
	if (kind === 'redirect') return delivered;
	if (kind === 'html' || kind === 'empty') return refused('invalidRequest');
	if (input === 'measured') return [404, 410].includes(status) ? refused('invalidRequest') : delivered;
	const isLasting = isDefinite(trouble) || times === 'always';
	return isLasting ? refused('invalidRequest') : delivered;
}

/** Returns the outcome of a response without the image of a finished job. */
function atAnswer({ times }: Cell, { synchronous }: Traits): Ending {
	if (synchronous) return { ...withJob('unavailable'), job: false };
	return times === 'once' ? delivered : withJob('badResponse');
}

/** Returns the outcome of a fault of the store. */
function atStore({ times }: Cell, { synchronous, inline }: Traits): Ending {
	if (times === 'once') return delivered;
	return { ...withJob('failed'), lost: synchronous && inline };
}

/** Returns the outcome of a job that the provider cannot finish. */
function ofJob(
	{ trouble: { kind } }: Cell,
	{ synchronous, failedJobCode, moderatedJobCode }: Traits,
): Ending {
	if (kind === 'never') return { ...withJob(synchronous ? 'unavailable' : 'timeout'), job: !synchronous };
	return { ...withJob(kind === 'moderate' ? moderatedJobCode : failedJobCode), job: !synchronous };
}

/** Returns the required outcome of a cell. */
export function endingOf(cell: Cell, traits: Traits): Ending {
	switch (cell.stage) {
		case 'input':
			return atInput(cell, traits);
		case 'submit':
			return atSubmit(cell, traits);
		case 'status':
		case 'result':
			return atStatusRequest(cell, traits);
		case 'answer':
			return atAnswer(cell, traits);
		case 'download':
			return atDownload(cell);
		case 'store':
			return atStore(cell, traits);
		case 'cancel':
			// The job never ends. A failed cancel request must not change the outcome.
			return withJob('timeout');
		case 'job':
			return ofJob(cell, traits);
	}
}
