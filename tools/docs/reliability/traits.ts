import type { FaultCode } from '../../../index';
import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { ProviderId } from '../../emulator';

/** Properties of a provider that decide the outcome of a fault. */
export interface Traits {
	/** The response to the submit is the image: there is no job that could be named or polled. */
	synchronous: boolean;
	/** Images are part of a response, so that nothing is downloaded. */
	inline: boolean;
	/** Code of an error response to a submit, where its body says more than its status. */
	submitErrorCode: (status: number) => FaultCode | undefined;
	/** Code of a job that fails. */
	failedJobCode: FaultCode;
	/** Code of a job that a filter refuses. */
	moderatedJobCode: FaultCode;
}

type ProviderTraits = Partial<Omit<Traits, 'synchronous'>>;

/** Properties that differ from the defaults. */
const providerTraits: Partial<Record<ProviderId, ProviderTraits>> = {
	lumenfall: {
		// The code in every error is decisive. That an upstream failed is definite: no image was made.
		submitErrorCode: (status) =>
			status >= 500
				? 'failed'
				: [403, 408, 409, 410, 425].includes(status)
					? 'invalidRequest'
					: undefined,
	},
	// An error with a message is the server's own statement that there is no image.
	openAiCompatible: { submitErrorCode: (status) => (status === 500 ? 'failed' : undefined) },
	// The server has no links and no filter.
	sdServer: { inline: true, moderatedJobCode: 'failed' },
	siliconFlow: {
		// "Model service overloaded" (50505), also for a model that is out of order: a definite answer.
		submitErrorCode: (status) => (status === 503 ? 'rateLimited' : undefined),
		failedJobCode: 'rateLimited',
	},
	// Base64 is requested, because the lifetime of links is not documented. A failure is an ambiguous 500.
	together: { inline: true, failedJobCode: 'unavailable' },
};

const defaultTraits: Omit<Traits, 'synchronous'> = {
	inline: false,
	submitErrorCode: () => undefined,
	failedJobCode: 'failed',
	moderatedJobCode: 'moderated',
};

/** Returns the properties of a provider. */
export function traitsOf({ id, kind }: Provider): Traits {
	return { synchronous: kind === 'sync', ...defaultTraits, ...providerTraits[id as ProviderId] };
}
