import type { FaultCode } from '../../../index';
import type { JsonObject } from '../../../nodes/FluxKontext/core/base/json';
import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { ProviderId } from '../../emulator';

/** Properties of a provider that decide the outcome of a fault. */
export interface Traits {
	/** The response to the submit is the image: there is no job that could be named or polled. */
	synchronous: boolean;
	/**
	 * What the node does with the URL of an input image: it fetches the image where the provider takes
	 * bytes alone, and reads its size where the provider downloads it but does not match it; `null` for
	 * neither.
	 */
	input: 'fetched' | 'measured' | null;
	/** Images are part of a response, so that nothing is downloaded. */
	inline: boolean;
	/** Whether the response to the submit may hold images, so that it may be large. */
	largeSubmit: boolean;
	/** Code of an error response to a submit, where its body says more than its status. */
	submitErrorCode: (status: number) => FaultCode | undefined;
	/** Code of a job that fails. */
	failedJobCode: FaultCode;
	/** Code of a job that a filter refuses. */
	moderatedJobCode: FaultCode;
	/** Body of an error response that says that the job failed. */
	failedJobBody: JsonObject;
	/** Whether such a body is read: the job has failed when two responses in a row say so. */
	readsFailedJob: boolean;
}

type ProviderTraits = Partial<Omit<Traits, 'synchronous' | 'largeSubmit'>>;

/** Properties that differ from the defaults. */
const providerTraits: Partial<Record<ProviderId, ProviderTraits>> = {
	blackForestLabs: { failedJobBody: { id: 'x', status: 'Error', result: null }, readsFailedJob: true },
	fal: {
		failedJobBody: { detail: 'The runner was lost', error_type: 'runner_server_error' },
		readsFailedJob: true,
	},
	runpod: {
		input: 'measured',
		failedJobBody: { id: 'x', status: 'FAILED', error: 'The worker was lost' },
		readsFailedJob: true,
	},
	lumenfall: {
		input: 'fetched',
		// The code in every error is decisive. That an upstream failed is definite: no image was made.
		submitErrorCode: (status) =>
			status >= 500
				? 'failed'
				: [403, 408, 409, 410, 425].includes(status)
					? 'invalidRequest'
					: undefined,
	},
	// An error with a message is the server's own statement that there is no image.
	openAiCompatible: {
		input: 'fetched',
		submitErrorCode: (status) => (status === 500 ? 'failed' : undefined),
	},
	// The server has no links and no filter.
	sdServer: {
		input: 'fetched',
		inline: true,
		// Its queue did not take the job.
		submitErrorCode: (status) => (status === 500 ? 'failed' : undefined),
		moderatedJobCode: 'failed',
	},
	siliconFlow: {
		input: 'fetched',
		// "Model service overloaded" (50505), also for a model that is out of order: a definite answer.
		submitErrorCode: (status) => (status === 503 ? 'rateLimited' : undefined),
		failedJobCode: 'rateLimited',
	},
	// Base64 is requested, because the lifetime of links is not documented. A failure is an ambiguous 500.
	theRouter: { input: 'fetched' },
	together: { input: 'measured', inline: true, failedJobCode: 'unavailable' },
};

const defaultTraits: Omit<Traits, 'synchronous' | 'largeSubmit'> = {
	input: null,
	inline: false,
	submitErrorCode: () => undefined,
	failedJobCode: 'failed',
	moderatedJobCode: 'moderated',
	failedJobBody: { status: 'failed', error: 'The worker was lost' },
	readsFailedJob: false,
};

/** Returns the properties of a provider. */
export function traitsOf({ id, kind, submit }: Provider): Traits {
	const synchronous = kind === 'sync';
	const largeSubmit = synchronous || submit.embedsImages === true;
	return { synchronous, largeSubmit, ...defaultTraits, ...providerTraits[id as ProviderId] };
}
