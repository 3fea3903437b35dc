/** What can go wrong, in the words that saved workflows branch on (`details.code`). */
export type FaultCode =
	| 'auth'
	| 'payment'
	| 'rateLimited'
	| 'invalidRequest'
	| 'moderated'
	| 'notFound'
	| 'expired'
	| 'unavailable'
	| 'timeout'
	| 'cancelled'
	| 'failed'
	| 'badResponse'
	| 'costLimit';

/** A failure as plain data: core and providers return faults, they never throw. */
export interface Fault {
	code: FaultCode;
	/** What happened, in one sentence. */
	message: string;
	/** What to do next. */
	description: string;
	/** The HTTP status of the provider's answer, if there was one. */
	httpStatus: number | null;
	/** The provider's own status or error word. */
	providerStatus: string | null;
	/** Whether the same request may succeed later. */
	retryable: boolean;
}

export type Result<T> = { ok: true; value: T } | { ok: false; fault: Fault };

interface Kind {
	advice: string;
	retryable: boolean;
}

const kinds: Record<FaultCode, Kind> = {
	auth: {
		advice: 'Check the API key and the base URL in the credential, and that the key may use this model.',
		retryable: false,
	},
	payment: { advice: "Top up the balance of the provider's account, then run again.", retryable: true },
	rateLimited: {
		advice: "Lower 'Concurrency' in the options, or run again later.",
		retryable: true,
	},
	invalidRequest: {
		advice: 'Correct the named field, then run again. Nothing was charged.',
		retryable: false,
	},
	moderated: {
		advice: "Change the prompt or the input image; where the provider allows it, raise 'Safety Tolerance' in the options.",
		retryable: false,
	},
	notFound: {
		advice: 'Check the model name and the base URL; a job that the provider no longer keeps cannot be read again.',
		retryable: false,
	},
	expired: { advice: 'The provider no longer keeps this image: run the item again.', retryable: false },
	unavailable: {
		advice: 'Run again later; check the base URL in the credential if it goes on.',
		retryable: true,
	},
	timeout: {
		advice: "Raise 'Timeout' in the options. The job may still finish at the provider: its id is in the details.",
		retryable: true,
	},
	cancelled: { advice: 'Run the workflow again to start over.', retryable: true },
	failed: {
		advice: 'Run again; if it fails again, change the prompt or the input image.',
		retryable: true,
	},
	badResponse: {
		advice: 'The provider answered in a way this node does not know. Check the base URL in the credential.',
		retryable: true,
	},
	costLimit: { advice: "Raise 'Max Cost' in the options, or send fewer items.", retryable: false },
};

/** All of them. */
export const faultCodes = Object.keys(kinds) as readonly FaultCode[];

/** A provider may put a page where a word belongs; a person reads the start of it. */
const MAX_MESSAGE = 1_000;
export const MAX_WORD = 200;
/** A cut goes through no word where it can be helped: a part of a key would not be known for one and hidden. */
export const clip = (text: string, max: number): string =>
	text.length <= max
		? text
		: text
				.slice(0, max)
				.replace(/(?<=\s)\S+$/, '')
				.trimEnd();

export function fault(
	code: FaultCode,
	message: string,
	more: Partial<Omit<Fault, 'code' | 'message'>> = {},
): Fault {
	const { advice, retryable } = kinds[code];
	const { providerStatus = null, description = advice } = more;
	return {
		httpStatus: null,
		retryable,
		...more,
		code,
		message: clip(message, MAX_MESSAGE),
		description: clip(description, MAX_MESSAGE),
		providerStatus: providerStatus && clip(providerStatus, MAX_WORD),
	};
}

export function fail(
	code: FaultCode,
	message: string,
	more?: Partial<Omit<Fault, 'code' | 'message'>>,
): {
	ok: false;
	fault: Fault;
} {
	return { ok: false, fault: fault(code, message, more) };
}

export function succeed<T>(value: T): { ok: true; value: T } {
	return { ok: true, value };
}
