import type { Provider } from '../../../index';
import type { ProviderId } from '../../../tools/emulator';

/**
 * Requests with the key that the documentation of a provider describes, below the path of its base URL. `{id}` is the
 * id of the job, `{segment}` any one segment, `{endpoint}` two segments or more.
 */
interface DocumentedRequests {
	/** Requests that order a job, or ask for the price of one. */
	submit: readonly string[];
	/** Requests about one job. */
	job: readonly string[];
	/** Hosts of the provider besides that of the base URL; `*.` stands for any host below. */
	hosts: readonly string[];
	/** Path of the API at those hosts. */
	hostPath: string;
}

const ofOpenAi: DocumentedRequests = {
	submit: ['POST /images/generations', 'POST /images/edits'],
	job: [],
	hosts: [],
	hostPath: '',
};

// Written from the documentation that the notes of each provider name, not from its code.
const documentedRequests: Readonly<Record<ProviderId, DocumentedRequests>> = {
	aiGenerate: {
		submit: ['POST /api/v1/flux/kontext/generate', 'POST /api/v1/jobs/createTask'],
		job: ['GET /api/v1/flux/kontext/record-info?taskId={id}', 'GET /api/v1/jobs/recordInfo?taskId={id}'],
		hosts: [],
		hostPath: '',
	},
	blackForestLabs: {
		submit: ['POST /v1/{segment}'],
		job: ['GET /v1/get_result?id={id}'],
		hosts: ['bfl.ai', '*.bfl.ai'],
		hostPath: '',
	},
	fal: {
		submit: ['POST /{endpoint}'],
		job: [
			'GET /{endpoint}/requests/{id}/status',
			'GET /{endpoint}/requests/{id}',
			'GET /{endpoint}/requests/{id}/response',
			'PUT /{endpoint}/requests/{id}/cancel',
		],
		hosts: ['fal.run', '*.fal.run'],
		hostPath: '',
	},
	lumenfall: {
		submit: ['', '?dryRun=true'].flatMap((query) => [
			`POST /openai/v1/images/generations${query}`,
			`POST /openai/v1/images/edits${query}`,
		]),
		job: [],
		hosts: [],
		hostPath: '',
	},
	openAiCompatible: ofOpenAi,
	replicate: {
		submit: ['POST /models/{segment}/{segment}/predictions', 'POST /predictions'],
		job: ['GET /predictions/{id}', 'POST /predictions/{id}/cancel'],
		hosts: ['api.replicate.com'],
		hostPath: '/v1',
	},
	runpod: {
		submit: ['POST /{segment}/run'],
		job: ['GET /{segment}/status/{id}', 'POST /{segment}/cancel/{id}'],
		hosts: [],
		hostPath: '',
	},
	sdServer: {
		submit: ['POST /sdcpp/v1/img_gen'],
		// The server names the address of the job; a later version of its API may be another.
		job: ['GET /sdcpp/{segment}/jobs/{id}', 'POST /sdcpp/v1/jobs/{id}/cancel'],
		hosts: [],
		hostPath: '',
	},
	siliconFlow: ofOpenAi,
	theRouter: {
		submit: ['POST /v1/images/generations?async=true', 'POST /v1/images/edits?async=true'],
		job: ['GET /v1/jobs/{id}'],
		hosts: [],
		hostPath: '',
	},
	together: ofOpenAi,
	vtrix: {
		submit: ['POST /v1/generation'],
		job: ['GET /v1/generation/task/{id}'],
		hosts: [],
		hostPath: '',
	},
};

/** Request with the key. */
export interface KeyedRequest {
	method: string;
	url: string;
}

/** What the requests of a run may be about. */
export interface Purpose {
	provider: Pick<Provider, 'id'>;
	baseUrl: string;
	/** Whether a job may be ordered. */
	maySubmit: boolean;
	/** The job that may be asked for; `null` if the run names none, so that its id is not known. */
	jobId: string | null;
	/** Links of images that were refused without the key; those at the base URL's origin may be fetched with it. */
	refusedLinks?: readonly string[];
}

/** Any segment but those that lead up, or that a server may decode to more than one. */
const SEGMENT = '(?!\\.{1,2}(?:[/?]|$))(?:(?!%2f|%5c|%2e)[^/?#\\\\])+';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Returns the request as it is written on the wire: `..` and backslashes are resolved as a server would. */
function wire({ method, url }: KeyedRequest, prefix: string): string | null {
	const { pathname, search, hash } = new URL(url);
	const base = prefix.replace(/\/$/, '');
	return hash === '' && pathname.startsWith(`${base}/`)
		? `${method} ${pathname.slice(base.length)}${search}`
		: null;
}

function matches(request: string | null, patterns: readonly string[], jobId: string | null): boolean {
	const id = jobId === null ? SEGMENT : escaped(encodeURIComponent(jobId));
	return patterns.some((pattern) =>
		new RegExp(
			`^${escaped(pattern)
				.replaceAll('\\{segment\\}', SEGMENT)
				.replaceAll('\\{endpoint\\}', `${SEGMENT}(?:/${SEGMENT})+`)
				.replaceAll('\\{id\\}', () => id)}$`,
			'i',
		).test(request ?? ''),
	);
}

const isAt = (hostname: string, host: string): boolean =>
	host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;

/** Tells whether the key may go with a request. */
export function isDocumented(request: KeyedRequest, purpose: Purpose): boolean {
	const { provider, baseUrl, maySubmit, jobId, refusedLinks = [] } = purpose;
	const { submit, job, hosts, hostPath } = documentedRequests[provider.id as ProviderId];
	const { origin, protocol, hostname, port, username, password } = new URL(request.url);
	if (username !== '' || password !== '') return false;
	const patterns = [...(maySubmit ? submit : []), ...job];
	if (origin === new URL(baseUrl).origin) {
		const isImage = request.method === 'GET' && refusedLinks.includes(request.url);
		return isImage || matches(wire(request, new URL(baseUrl).pathname), patterns, jobId);
	}
	const isOwnHost = protocol === 'https:' && port === '' && hosts.some((host) => isAt(hostname, host));
	// Nothing is ordered elsewhere than at the base URL.
	return isOwnHost && matches(wire(request, hostPath), job, jobId);
}

/** Lists the requests with which the key may not go, as violations. */
export const undocumented = (requests: readonly KeyedRequest[], purpose: Purpose): string[] =>
	requests
		.filter((request) => !isDocumented(request, purpose))
		.map(({ method, url }) => `the key went with ${method} ${url}`);
