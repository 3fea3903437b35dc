import type { FaultCode } from '../../../index';
import type { Trouble } from './matrix';

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
export const isTransient = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500;

/** Returns the code that the status of a fault stands for. */
export const codeOf = ({ status = 302 }: Trouble): FaultCode => codes[status] ?? 'badResponse';

/** Tells whether a fault proves that nothing was accepted. */
export const isDefinite = ({ kind, status = 0 }: Trouble): boolean =>
	kind === 'redirect' || (kind === 'status' && !isTransient(status));
