import type { FaultCode } from '../base/faults';
import type { HttpResponse } from './ports';

const codeByStatus: Readonly<Record<number, FaultCode>> = {
	400: 'invalidRequest',
	401: 'auth',
	402: 'payment',
	403: 'auth',
	404: 'notFound',
	405: 'notFound',
	410: 'expired',
	413: 'invalidRequest',
	415: 'invalidRequest',
	422: 'invalidRequest',
	429: 'rateLimited',
};

/** Tells whether a response has a 2xx status. */
export function isSuccess({ status }: Pick<HttpResponse, 'status'>): boolean {
	return status >= 200 && status < 300;
}

/** Tells whether a retry may help after this status: 408, 425, 429 and 5xx. */
export function isTransient(status: number): boolean {
	return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Status that proxies use for a client that closed the connection. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Tells whether a status is one of the infrastructure in front of an API: a failure that such a response
 * tells may be that of the request, and not of the job that was asked for.
 */
export function isInfrastructure(status: number): boolean {
	return isTransient(status) || status === CLIENT_CLOSED_REQUEST;
}

/** Maps an HTTP status to the code of the fault that it stands for where the body says nothing more. */
export function codeForStatus(status: number): FaultCode {
	return codeByStatus[status] ?? (isTransient(status) ? 'unavailable' : 'badResponse');
}
