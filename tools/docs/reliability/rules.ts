import type { FaultCode } from '../../../index';
import type { Cell, Trouble } from './matrix';
import type { Traits } from './traits';

/** How the run of a cell ends. */
export interface Ending {
	end: 'delivered' | FaultCode;
	/** Whether the outcome names the job, so that a paid image can still be had. */
	job: boolean;
	/** Jobs that the provider has accepted; one image was asked for. */
	billed: number;
	/** Whether the submit was sent more than once. */
	again: boolean;
}

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

/** Statuses that may pass by themselves. */
const passes = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500;
const codeOf = ({ status = 302 }: Trouble): FaultCode => codes[status] ?? 'badResponse';
const isDefinite = ({ kind, status = 0 }: Trouble): boolean =>
	kind === 'redirect' || (kind === 'status' && !passes(status));

const delivered: Ending = { end: 'delivered', job: true, billed: 1, again: false };
const withJob = (end: FaultCode): Ending => ({ end, job: true, billed: 1, again: false });

/** A submit is repeated after 429 only; whatever else leaves open whether a job was made is reported, and not as retryable. */
function atSubmit({ trouble, times }: Cell, { saidAtSubmit }: Traits): Ending {
	const { kind, status = 0 } = trouble;
	const refused = (end: FaultCode): Ending => ({ end, job: false, billed: 0, again: false });
	if (status === 429) return { ...(times === 'once' ? delivered : refused('rateLimited')), again: true };
	const said = saidAtSubmit(status) ?? (isDefinite(trouble) ? codeOf(trouble) : 'unavailable');
	// A connection that breaks before the request is handled looks the same as one that breaks after it.
	const handled = !['status', 'redirect', 'reset'].includes(kind);
	return { ...refused(said), billed: handled ? 1 : 0 };
}

/** Looking costs nothing, so what may pass is ridden out; a job that is not known is only new in its first 10 s. */
function atLook({ trouble, times }: Cell): Ending {
	if (times === 'once' && trouble.status === 404) return delivered;
	// What is no word about the job (a redirect, 409) passes like any other trouble.
	if (isDefinite(trouble) && codeOf(trouble) !== 'badResponse') return withJob(codeOf(trouble));
	return times === 'once' ? delivered : withJob('timeout');
}

/** What comes whole and is no whole image. */
const SPOILED = ['html', 'empty', 'notAnImage', 'corrupt'];

function atDownload({ trouble, times }: Cell): Ending {
	const { kind, status = 0 } = trouble;
	// No key goes along, so a redirect is followed.
	if (kind === 'redirect') return delivered;
	if (times === 'once') return delivered;
	if (kind === 'expired' || [403, 404, 410].includes(status)) return withJob('expired');
	return withJob(isDefinite(trouble) || SPOILED.includes(kind) ? 'badResponse' : 'timeout');
}

function ofJob({ trouble: { kind } }: Cell, { synchronous, ofFailed, ofModerated }: Traits): Ending {
	if (kind === 'never') return { ...withJob(synchronous ? 'unavailable' : 'timeout'), job: !synchronous };
	return { ...withJob(kind === 'moderate' ? ofModerated : ofFailed), job: !synchronous };
}

/** What must come of a cell. */
export function endingOf(cell: Cell, traits: Traits): Ending {
	switch (cell.stage) {
		case 'submit':
			return atSubmit(cell, traits);
		case 'status':
		case 'result':
			return atLook(cell);
		case 'download':
			return atDownload(cell);
		case 'cancel':
			// The job never ends; the cancellation is a last courtesy that must not cost anything else.
			return withJob('timeout');
		case 'job':
			return ofJob(cell, traits);
	}
}

export function endingText({ end, job, billed, again }: Ending): string {
	return [
		end,
		...(job ? ['with the job'] : []),
		`${billed} billed`,
		...(again ? ['submitted again'] : []),
	].join(', ');
}
