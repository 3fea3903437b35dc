import { advice } from './advice';
import { clip, MAX_WORD_CHARACTERS } from './text';

/**
 * Whether running the same request again can help, for each code that workflows branch on (`details.code`).
 */
const retryableByCode = {
	auth: false,
	payment: true,
	rateLimited: true,
	invalidRequest: false,
	moderated: false,
	notFound: false,
	expired: false,
	unavailable: true,
	timeout: true,
	cancelled: true,
	failed: true,
	badResponse: true,
	costLimit: false,
} as const;

/** Kind of a failure, as saved workflows branch on it (`details.code`). */
export type FaultCode = keyof typeof retryableByCode;

/** Every fault code. */
export const faultCodes = Object.keys(retryableByCode) as readonly FaultCode[];

/** A failure as plain data. Core and providers return faults and never throw. */
export interface Fault {
	code: FaultCode;
	/** What happened, in one sentence of at most 1,000 characters. */
	message: string;
	/** What to do next; the advice of the code where there is nothing more specific. */
	description: string;
	/** HTTP status of the provider's response; `null` without one. */
	httpStatus: number | null;
	/** The provider's own status or error word; `null` without one. */
	providerStatus: string | null;
	/** Whether the same request may succeed later. */
	retryable: boolean;
}

/** Either a value or the fault that prevented it. */
export type Result<T> = { ok: true; value: T } | Failed;

/** The failed half of every `Result`. */
export interface Failed {
	ok: false;
	fault: Fault;
}

/** Details of a fault beyond its code and message. */
export type FaultDetails = Partial<Omit<Fault, 'code' | 'message'>>;

/** Characters of a message or description; a provider may send a whole page where a sentence belongs. */
const MAX_MESSAGE_CHARACTERS = 1_000;

/** Creates a fault; what `details` leaves out follows from the code. Texts are shortened to their limits. */
export function fault(code: FaultCode, message: string, details: FaultDetails = {}): Fault {
	const { providerStatus = null, description = advice[code] } = details;
	return {
		httpStatus: null,
		retryable: retryableByCode[code],
		...details,
		code,
		message: clip(message, MAX_MESSAGE_CHARACTERS),
		description: clip(description, MAX_MESSAGE_CHARACTERS),
		providerStatus: providerStatus && clip(providerStatus, MAX_WORD_CHARACTERS),
	};
}

/** Creates a failed result; see `fault`. */
export function fail(code: FaultCode, message: string, details?: FaultDetails): Failed {
	return { ok: false, fault: fault(code, message, details) };
}

/** Creates a successful result. */
export function succeed<T>(value: T): { ok: true; value: T } {
	return { ok: true, value };
}
