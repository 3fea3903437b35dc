import type { Handle, HttpPort, HttpResponse, JobSnapshot, Provider, Result } from '../../index';

/** One request and the beginning of its answer. */
export interface Exchange {
	method: string;
	url: string;
	withKey: boolean;
	answer: { status: number; headers: Readonly<Record<string, string>> } | { reason: string };
}

/** What a provider's file has made of an answer. */
export interface Look {
	stage: 'submit' | 'status' | 'result';
	/** Milliseconds since the epoch. */
	at: number;
	httpStatus: number;
	read: Result<JobSnapshot>;
}

/** Watches the engine at work, from both ends: what goes over the wire, and how it is understood. */
export class Recorder {
	readonly looks: Look[] = [];

	#exchanges: Exchange[] = [];

	/** What went over the wire since this was asked last. */
	takeExchanges(): Exchange[] {
		const taken = this.#exchanges;
		this.#exchanges = [];
		return taken;
	}

	port({ open }: HttpPort): HttpPort {
		return {
			open: async (call) => {
				const answer = await open(call);
				this.#exchanges.push({
					method: call.method,
					url: call.url,
					withKey: call.authenticate,
					answer:
						answer.kind === 'response'
							? { status: answer.status, headers: answer.headers }
							: { reason: answer.reason },
				});
				return answer;
			},
		};
	}

	provider<H extends Handle>(provider: Provider<H>): Provider<H> {
		const { parseSubmit, parseStatus, parseResult } = provider;
		const note = (
			stage: Look['stage'],
			{ status: httpStatus }: HttpResponse,
			read: Result<JobSnapshot<H>>,
		) => {
			this.looks.push({ stage, at: Date.now(), httpStatus, read });
			return read;
		};
		return {
			...provider,
			parseSubmit: (response, request, context) =>
				note('submit', response, parseSubmit(response, request, context)),
			...(parseStatus && {
				parseStatus: (response, handle, context) =>
					note('status', response, parseStatus(response, handle, context)),
			}),
			...(parseResult && {
				parseResult: (response, handle, context) =>
					note('result', response, parseResult(response, handle, context)),
			}),
		};
	}
}

/** As an answer is told of: "POST https://host/path answered 200". A query can be a signature. */
export function exchangeText({ method, url, answer }: Exchange): string {
	const { origin, pathname } = new URL(url);
	return `${method} ${origin}${pathname} ${'status' in answer ? `answered ${answer.status}` : `got no answer (${answer.reason})`}`;
}
