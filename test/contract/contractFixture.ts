import {
	plan,
	prepare,
	providers,
	readJob,
	resumeJob,
	runJob,
	type ImageRequest,
	type InputImage,
	type JobOptions,
	type JobOutcome,
	type Operation,
	type OperationSpec,
	type Ports,
	type Prepared,
	type Provider,
	type Result,
	type JobContext,
} from '../../index';
import { startEmulator, type Emulator, type ProviderId, type RecordedRequest } from '../../tools/emulator';
import { realClock } from '../../tools/emulator/clock';
import type { Source } from '../fixtures';
import { axiosPort } from '../../tools/support/axiosPort';
import { credentialOf, keyHeaders } from '../../tools/support/credentials';
import { bytesImage, imageRequest } from '../support/requests';

export const timing = { queueMs: 20, runMs: 60 };

export interface Going {
	sources?: readonly Source[];
	signal?: AbortSignal;
	apiKey?: string;
	timeoutMs?: number;
	onAccepted?: JobOptions<Buffer>['onAccepted'];
	completion?: JobOptions<Buffer>['completion'];
}

export interface Gone {
	prepared: Prepared;
	outcome: JobOutcome<Buffer>;
}

/** As many images as the operation needs, in a form that it takes. */
export const sourcesOf = ({ inputImages: { min, bytes } }: OperationSpec): Source[] =>
	Array.from({ length: min }, () => (bytes === false ? 'url' : 'bytes'));

/** A request that the provider's first able model takes, from the sample image where it needs one. */
export function simplest(provider: Provider): { request: ImageRequest; sources: readonly Source[] } {
	const able = provider.models.flatMap((model) =>
		(Object.keys(model.operations) as Operation[]).map((operation) => ({ model, operation })),
	);
	const [first] = able;
	if (!first) throw new Error(`${provider.id} has no model that can do anything`);
	const spec = first.model.operations[first.operation];
	const request = imageRequest({
		model: first.model.id,
		operation: first.operation,
		options: { seed: 7 },
		sizing: { kind: 'pixels', width: 1024, height: 1024 },
	});
	return { request, sources: spec ? sourcesOf(spec) : [] };
}

export class ContractFixture {
	emulator!: Emulator;

	inputs(sources: readonly Source[]): InputImage[] {
		const { bytes, url, width, height } = this.emulator.sampleImage;
		return sources.map((source) =>
			source === 'url'
				? { kind: 'url', url, size: null }
				: bytesImage(new Uint8Array(bytes), { width, height }),
		);
	}

	connection({ id }: Provider): { baseUrl: string; apiKey: string } {
		return this.emulator.providers[id as ProviderId];
	}

	/** plan → prepare → runJob, through the library surface, as the node does. */
	async go(provider: Provider, request: ImageRequest, going: Going = {}): Promise<Gone> {
		const { sources = [], onAccepted, completion } = going;
		const planned = plan(provider, request, sources.length);
		if (!planned.ok) throw new Error(planned.fault.message);
		const prepared = prepare(planned.value, this.inputs(sources));
		if (!prepared.ok) throw new Error(prepared.fault.message);
		const [first] = prepared.value.requests;
		if (!first) throw new Error('There is no job to run');
		const outcome = await runJob(await this.runOf(provider, going), first, {
			cancelOnTimeout: true,
			store: keep,
			...(onAccepted && { onAccepted }),
			...(completion && { completion }),
		});
		return { prepared: prepared.value, outcome };
	}

	/** A run of its own goes on with a job as it was given, as another execution or machine would. */
	async resume(
		provider: Provider,
		given: unknown,
		{ wait = true, ...going }: Going & { wait?: boolean } = {},
	): Promise<Result<JobOutcome<Buffer>>> {
		const run = await this.runOf(provider, going);
		const job = readJob(given, provider, { baseUrl: run.baseUrl, now: Date.now() });
		return job.ok
			? {
					ok: true,
					value: await resumeJob(run, job.value, { wait, cancelOnTimeout: true, store: keep }),
				}
			: job;
	}

	private async runOf(
		provider: Provider,
		{ signal = new AbortController().signal, timeoutMs = 20_000, ...going }: Going,
	): Promise<JobContext> {
		const { baseUrl, apiKey } = this.connection(provider);
		const credential = await credentialOf(provider);
		if (!credential) throw new Error(`${provider.id} has no credential file`);
		const ports: Ports = {
			http: axiosPort(await keyHeaders(credential, going.apiKey ?? apiKey)),
			sleep: realClock.sleep,
			now: () => Date.now(),
			random: () => Math.random(),
			stop: signal,
			decodeBase64: (text) => Buffer.from(text, 'base64'),
		};
		return { provider, baseUrl, ports, deadline: Date.now() + timeoutMs, signal };
	}

	/** Until the emulator has finished all jobs. */
	async untilDone(): Promise<void> {
		while (this.emulator.jobs.some(({ state }) => state !== 'succeeded'))
			await realClock.sleep(5, new AbortController().signal);
	}

	/** Until the emulator has accepted a job. */
	async untilBilled(): Promise<void> {
		while (this.emulator.jobs.length === 0) await realClock.sleep(5, new AbortController().signal);
	}

	requests(stage: RecordedRequest['stage']): RecordedRequest[] {
		return this.emulator.requests.filter((request) => request.stage === stage);
	}

	/** What the one submit of a test carried, and to which path below the base URL. */
	submitted(provider: Provider): { path: string; body: unknown } {
		const submits = this.requests('submit');
		expect(submits).toHaveLength(1);
		const [{ path, body } = { path: '', body: null }] = submits;
		return {
			path: path.slice(new URL(this.connection(provider).baseUrl).pathname.replace(/\/$/, '').length),
			body,
		};
	}
}

const keep: JobOptions<Buffer>['store'] = async ({ chunks }) => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
};

/** An emulator for the tests of a file, emptied before each; the providers are asked as often as a test likes. */
export function useContractFixture(): ContractFixture {
	const harness = new ContractFixture();
	beforeAll(async () => {
		for (const { polling, submitRate } of providers) {
			Object.assign(polling, { firstDelayMs: 20, intervalMs: 20, shortestMs: 20, maxIntervalMs: 40 });
			if (submitRate) submitRate.ms = 0;
		}
		harness.emulator = await startEmulator({ timing });
	});
	beforeEach(() => {
		harness.emulator.clear();
		Object.assign(harness.emulator.timing, timing);
	});
	afterAll(async () => await harness.emulator.close());
	return harness;
}

/** Every `parts`-th provider of the registry, from number `part` on. */
export const partOf = (part: number, parts: number): Provider[] =>
	providers.filter((_, index) => index % parts === part);
