import type { FaultCode } from '../../../index';
import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { ProviderId } from '../../emulator';

/** What of a provider decides how a fault ends. */
export interface Traits {
	/** The answer to the submit is the image: no job is ever named, polled or asked for again. */
	synchronous: boolean;
	/** Images come inside an answer, so that nothing is downloaded. */
	inline: boolean;
	/** What an answer to a submit says in its body beyond its status. */
	saidAtSubmit: (status: number) => FaultCode | undefined;
	/** What a job ends as that fails, and one that a filter refuses. */
	ofFailed: FaultCode;
	ofModerated: FaultCode;
}

type Own = Partial<Omit<Traits, 'synchronous'>>;

const own: Partial<Record<ProviderId, Own>> = {
	lumenfall: {
		// Every error has a code, which counts. Where an upstream has failed, its word is definite: nothing was made.
		saidAtSubmit: (status) =>
			status >= 500
				? 'failed'
				: [403, 408, 409, 410, 425].includes(status)
					? 'invalidRequest'
					: undefined,
	},
	// An error with a text is the server's own word that there is no image.
	openAiCompatible: { saidAtSubmit: (status) => (status === 500 ? 'failed' : undefined) },
	// It has no links, and no filter either.
	sdServer: { inline: true, ofModerated: 'failed' },
	siliconFlow: {
		// "Model service overloaded" (50505), for a model in trouble too: a definite answer.
		saidAtSubmit: (status) => (status === 503 ? 'rateLimited' : undefined),
		ofFailed: 'rateLimited',
	},
	// It is asked for base64, because the life of its links is not documented. A failure is a 500, which could mean anything.
	together: { inline: true, ofFailed: 'unavailable' },
};

const plain: Omit<Traits, 'synchronous'> = {
	inline: false,
	saidAtSubmit: () => undefined,
	ofFailed: 'failed',
	ofModerated: 'moderated',
};

export function traitsOf({ id, buildStatus }: Provider): Traits {
	return { synchronous: !buildStatus, ...plain, ...own[id as ProviderId] };
}
