import type {
	HttpPort,
	HttpResponse,
	JobEndpoint,
	JobSnapshot,
	Provider,
	Result,
	SubmitEndpoint,
} from '../../index';
import { isJobProvider } from '../../nodes/FluxKontext/core/provider';

/** A request with the head of its response. */
export interface Exchange {
	method: string;
	url: string;
	withKey: boolean;
	/** Status and headers, or the reason why there was no response. */
	response: { status: number; headers: Readonly<Record<string, string>> } | { reason: string };
}

/** Result of a provider's parser for one response. */
export interface ParsedResponse {
	stage: 'submit' | 'status' | 'result';
	/** Milliseconds since the epoch. */
	at: number;
	httpStatus: number;
	parsed: Result<JobSnapshot>;
}

/** Records the engine's traffic, and how the provider's parsers interpret it. */
export class Recorder {
	/** In the order of arrival. */
	readonly responses: ParsedResponse[] = [];

	#exchanges: Exchange[] = [];

	/** Returns the exchanges since the last call, and forgets them. */
	takeExchanges(): Exchange[] {
		const taken = this.#exchanges;
		this.#exchanges = [];
		return taken;
	}

	/** Wraps an HTTP port so that its exchanges are recorded. */
	port({ open }: HttpPort): HttpPort {
		return {
			open: async (call) => {
				const response = await open(call);
				this.#exchanges.push({
					method: call.method,
					url: call.url,
					withKey: call.authenticate,
					response:
						response.kind === 'response'
							? { status: response.status, headers: response.headers }
							: { reason: response.reason },
				});
				return response;
			},
		};
	}

	/** Wraps a provider so that the results of its parsers are recorded. */
	provider(provider: Provider): Provider {
		const recorded = { ...provider, submit: this.submitEndpoint(provider.submit) } as Provider;
		if (!isJobProvider(recorded)) return recorded;
		const { status, result } = recorded;
		return {
			...recorded,
			status: this.endpoint('status', status),
			...(result && { result: this.endpoint('result', result) }),
		};
	}

	private record<S extends JobSnapshot>(
		stage: ParsedResponse['stage'],
		{ status: httpStatus }: HttpResponse,
		parsed: Result<S>,
	): Result<S> {
		this.responses.push({ stage, at: Date.now(), httpStatus, parsed });
		return parsed;
	}

	private submitEndpoint<S extends JobSnapshot>({ build, parse }: SubmitEndpoint<S>): SubmitEndpoint<S> {
		return {
			build,
			parse: (response, request, context) =>
				this.record('submit', response, parse(response, request, context)),
		};
	}

	private endpoint(stage: 'status' | 'result', endpoint: JobEndpoint): JobEndpoint {
		return {
			...endpoint,
			parse: (response, handle, context) =>
				this.record(stage, response, endpoint.parse(response, handle, context)),
		};
	}
}

/**
 * Formats an exchange, such as "POST https://host/path answered 200". The query is left out: it can be a
 * signature.
 */
export function exchangeText({ method, url, response }: Exchange): string {
	const { origin, pathname } = new URL(url);
	const outcome =
		'status' in response ? `answered ${response.status}` : `got no answer (${response.reason})`;
	return `${method} ${origin}${pathname} ${outcome}`;
}
