import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { decorate, watch } from './exchange';
import type { EmulatorClock } from './clock';
import type { FaultQueue } from './faults';
import { isProviderId } from './ids';
import type { JobStore } from './jobs';
import { type LinkSigner, linkExpiresAt, storageErrors, xml } from './links';
import { emulatorAgent } from './inputs';
import * as providers from './providers';
import { Refusal, refuseAs } from './refusal';
import type { ProviderId, RecordedRequest, SampleImage } from './types';

export interface FilesWorld {
	jobs: JobStore;
	faults: FaultQueue;
	requests: RecordedRequest[];
	links: LinkSigner;
	clock: EmulatorClock;
	sample: Omit<SampleImage, 'url'>;
}

export const samplePath = '/samples/landscape.png';

/** The image delivery: an origin of its own, that lets nobody in who shows a key. */
export function buildFiles(world: FilesWorld): FastifyInstance {
	const app = Fastify({ forceCloseConnections: true });
	decorate(app);
	refuseAs(app, 400, errorXml);
	watch(app, {
		...world,
		recordedAs: 'files',
		stageOf: (request) => (ownerOf(request) && !isEmulators(request) ? 'download' : 'other'),
		ownerOf,
		admit: refuseKeys,
		errorBody: errorXml,
	});
	app.get(samplePath, async (_, reply) => reply.type(world.sample.mimeType).send(world.sample.bytes));
	app.get<{ Params: { owner: string; id: string; file: string } }>(
		'/:owner/:id/:file',
		async (request, reply) => {
			const owner = ownerOf(request);
			const { id, file } = request.params;
			const job = owner && world.jobs.find(owner, id);
			if (job?.state !== 'succeeded') throw new Refusal(404, storageErrors.absent);
			const rule = providers[job.provider].links;
			const index = Number.parseInt(file, 10);
			if (request.raw.url !== world.links.pathTo(job, index, rule))
				throw new Refusal(403, storageErrors.forged[rule.style]);
			if (request.fault?.kind === 'expired' || world.clock.now() > linkExpiresAt(job, rule))
				throw new Refusal(403, storageErrors.expired[rule.style]);
			return reply.type(`image/${job.format}`).send(await world.jobs.picture(job, index));
		},
	);
	return app;
}

/** The provider whose image it is, by the first part of the path. */
function ownerOf({ raw }: FastifyRequest): ProviderId | undefined {
	const first = raw.url?.split('/')[1] ?? '';
	return isProviderId(first) ? first : undefined;
}

// The emulator fetches input images itself; these must not use up the faults meant for the client.
const isEmulators = ({ headers }: FastifyRequest): boolean => headers['user-agent'] === emulatorAgent;

/** S3 refuses a signed address that comes with a second authentication. */
function refuseKeys({ headers }: FastifyRequest): void {
	const shown = ['authorization', 'x-key', 'cookie'].some((name) => name in headers);
	if (shown) throw new Refusal(400, storageErrors.twoKeys);
}

const errorXml = ({ status, message }: Refusal): string =>
	message.startsWith('<?xml') ? message : xml(status === 404 ? 'NoSuchKey' : 'InternalError', message);
