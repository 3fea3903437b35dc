import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { ApiError, setErrorHandlers } from './apiError';
import type { EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import { isProviderId } from './ids';
import { emulatorAgent } from './inputs';
import type { JobStore } from './jobs';
import { linkExpiresAt, type LinkSigner, storageError, storageErrors } from './links';
import * as providers from './providers';
import { addRequestHooks, decorateRequests } from './requestHooks';
import type { ProviderId, RecordedRequest, SampleImage, Stage } from './types';
import type { UnansweredConnections } from './unanswered';

/** The emulator state that the file server uses. */
export interface FileServerState {
	jobs: JobStore;
	faults: FaultQueue;
	requests: RecordedRequest[];
	links: LinkSigner;
	clock: EmulatorClock;
	unanswered: UnansweredConnections;
	sample: Omit<SampleImage, 'url'>;
}

/** Path of the sample image on the file server. */
export const samplePath = '/samples/landscape.png';

/**
 * Creates the server that delivers the images, on an origin of its own. It refuses every request that carries
 * a credential. Does not listen yet.
 */
export function buildFileServer(state: FileServerState): FastifyInstance {
	const app = Fastify({ forceCloseConnections: true });
	decorateRequests(app);
	setErrorHandlers(app, 400, errorXml);
	addRequestHooks(app, {
		...state,
		recordedAs: 'files',
		stageOf,
		faultProviderOf: providerOf,
		authorize: refuseCredentials,
		errorBody: errorXml,
	});
	const { mimeType, bytes } = state.sample;
	app.get(samplePath, async (_, reply) => reply.type(mimeType).send(bytes));
	addImageRoute(app, state);
	return app;
}

/**
 * Returns the stage of a client's request. The emulator's own requests use up no fault that is meant for it.
 */
function stageOf(request: FastifyRequest): Stage {
	if (isFromEmulator(request)) return 'other';
	if (providerOf(request)) return 'download';
	return request.raw.url === samplePath ? 'input' : 'other';
}

interface ImageRoute {
	Params: { provider: string; id: string; file: string };
}

/** Adds the route of the signed image URLs. */
function addImageRoute(app: FastifyInstance, { jobs, links, clock }: FileServerState): void {
	app.get<ImageRoute>('/:provider/:id/:file', async (request, reply) => {
		const provider = providerOf(request);
		const { id, file } = request.params;
		const job = provider && jobs.find(provider, id);
		if (job?.state !== 'succeeded') throw new ApiError(404, storageErrors.notFound);
		const rule = providers[job.provider].links;
		const index = Number.parseInt(file, 10);
		if (request.raw.url !== links.pathTo(job, index, rule))
			throw new ApiError(403, storageErrors.badSignature[rule.style]);
		if (request.fault?.kind === 'expired' || clock.now() > linkExpiresAt(job, rule))
			throw new ApiError(403, storageErrors.expired[rule.style]);
		return reply.type(`image/${job.format}`).send(await jobs.picture(job, index));
	});
}

/** Returns the provider whose image is requested: the first segment of the path. */
function providerOf({ raw }: FastifyRequest): ProviderId | undefined {
	const first = raw.url?.split('/')[1] ?? '';
	return isProviderId(first) ? first : undefined;
}

// The emulator fetches input images itself.
const isFromEmulator = ({ headers }: FastifyRequest): boolean => headers['user-agent'] === emulatorAgent;

/**
 * Throws an ApiError for a request with a credential: S3 refuses a signed URL that comes with a second one.
 */
function refuseCredentials({ headers }: FastifyRequest): void {
	const hasCredential = ['authorization', 'x-key', 'cookie'].some((name) => name in headers);
	if (hasCredential) throw new ApiError(400, storageErrors.twoCredentials);
}

const errorXml = ({ status, message }: ApiError): string =>
	message.startsWith('<?xml')
		? message
		: storageError(status === 404 ? 'NoSuchKey' : 'InternalError', message);
