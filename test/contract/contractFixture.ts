import {
	createEngine,
	plan,
	prepare,
	providers,
	readJob,
	type ImageRequest,
	type InputImage,
	type JobOptions,
	type JobOutcome,
	type JobSetup,
	type Operation,
	type OperationSpec,
	type Ports,
	type Prepared,
	type Provider,
	type Result,
} from '../../index';
import { startEmulator, type Emulator, type ProviderId, type RecordedRequest } from '../../tools/emulator';
import { realClock } from '../../tools/emulator/clock';
import { axiosPort } from '../../tools/support/axiosPort';
import { credentialOf, keyHeaders } from '../../tools/support/credentials';
import type { Source } from '../fixtures';
import { quickPolicy } from '../support/quickPolicy';
import { bytesImage, imageRequest } from '../support/requests';

const engine = createEngine({ policy: quickPolicy });

/** Duration of an emulated job in milliseconds. */
export const timing = { queueMs: 20, runMs: 60 };

/** Interval of the checks of the emulator's state, in milliseconds. */
const CHECK_MS = 5;

/** Deviations of one run from the defaults. */
export interface RunOverrides {
	/** Input images. Default: none. */
	sources?: readonly Source[];
	signal?: AbortSignal;
	/** Default: the key that the emulator accepts. */
	apiKey?: string;
	/** Default: 20 s. */
	timeoutMs?: number;
	onAccepted?: JobOptions<Buffer>['onAccepted'];
	completion?: JobOptions<Buffer>['completion'];
}

/** Outcome of a run, and the request as it was prepared. */
export interface ContractOutcome {
	prepared: Prepared;
	outcome: JobOutcome<Buffer>;
}

/** Returns the smallest number of input images that an operation needs, in a form that it takes. */
export const sourcesOf = ({ inputImages: { min, bytes } }: OperationSpec): Source[] =>
	Array.from({ length: min }, () => (bytes === false ? 'url' : 'bytes'));

/** Returns a request for the first operation of the first model, with the sample image if it needs one. */
export function simplest(provider: Provider): { request: ImageRequest; sources: readonly Source[] } {
	const [first] = provider.models.flatMap((model) =>
		(Object.keys(model.operations) as Operation[]).map((operation) => ({ model, operation })),
	);
	if (!first) throw new Error(`${provider.id} has no model with an operation`);
	const spec = first.model.operations[first.operation];
	const request = imageRequest({
		model: first.model.id,
		operation: first.operation,
		options: { seed: 7 },
		sizing: { kind: 'pixels', width: 1024, height: 1024 },
	});
	return { request, sources: spec ? sourcesOf(spec) : [] };
}

/** Stores an image in memory. */
const store: JobOptions<Buffer>['store'] = async ({ chunks }) => {
	const parts: Uint8Array[] = [];
	for await (const chunk of chunks) parts.push(chunk);
	return Buffer.concat(parts);
};

/** Library surface and emulator: runs the jobs of any provider and shows the requests that they made. */
export class ContractFixture {
	#emulator: Emulator | undefined;

	get emulator(): Emulator {
		if (!this.#emulator) throw new Error('The emulator is not running');
		return this.#emulator;
	}

	/** Starts the emulator. */
	async start(): Promise<void> {
		this.#emulator = await startEmulator({ timing });
	}

	/** Returns the sample image in the given forms. */
	inputs(sources: readonly Source[]): InputImage[] {
		const { bytes, url, width, height } = this.emulator.sampleImage;
		return sources.map((source) =>
			source === 'url'
				? { kind: 'url', url, size: null }
				: bytesImage(new Uint8Array(bytes), { width, height }),
		);
	}

	/** Returns where the emulator serves a provider, and the key that it accepts. */
	connection({ id }: Provider): { baseUrl: string; apiKey: string } {
		return this.emulator.providers[id as ProviderId];
	}

	/** Runs plan, prepare and runJob through the library surface, as the node does. */
	async run(
		provider: Provider,
		request: ImageRequest,
		overrides: RunOverrides = {},
	): Promise<ContractOutcome> {
		const { sources = [], onAccepted, completion } = overrides;
		const planned = plan(provider, request, sources.length);
		if (!planned.ok) throw new Error(planned.fault.message);
		const prepared = prepare(planned.value, this.inputs(sources));
		if (!prepared.ok) throw new Error(prepared.fault.message);
		const [first] = prepared.value.requests;
		if (!first) throw new Error('There is no job to run');
		const outcome = await engine.runJob(await this.setupOf(provider, overrides), first, {
			cancelOnTimeout: true,
			store,
			...(onAccepted && { onAccepted }),
			...(completion && { completion }),
		});
		return { prepared: prepared.value, outcome };
	}

	/** Resumes a job from its record alone, as another execution or another machine does. */
	async resume(
		provider: Provider,
		record: unknown,
		{ wait = true, ...overrides }: RunOverrides & { wait?: boolean } = {},
	): Promise<Result<JobOutcome<Buffer>>> {
		const setup = await this.setupOf(provider, overrides);
		const job = readJob(record, provider);
		if (!job.ok) return job;
		const outcome = await engine.resumeJob(setup, job.value, { wait, cancelOnTimeout: true, store });
		return { ok: true, value: outcome };
	}

	private async setupOf(
		provider: Provider,
		{ signal = new AbortController().signal, timeoutMs = 20_000, ...overrides }: RunOverrides,
	): Promise<JobSetup> {
		const { baseUrl, apiKey } = this.connection(provider);
		const credential = await credentialOf(provider);
		if (!credential) throw new Error(`${provider.id} has no credential file`);
		const ports: Ports = {
			http: axiosPort(await keyHeaders(credential, overrides.apiKey ?? apiKey)),
			sleep: realClock.sleep,
			now: () => Date.now(),
			random: () => Math.random(),
			stop: signal,
			decodeBase64: (text) => Buffer.from(text, 'base64'),
		};
		return { provider, baseUrl, ports, deadline: Date.now() + timeoutMs, signal };
	}

	/** Waits until all jobs of the emulator have succeeded. */
	async untilDone(): Promise<void> {
		while (this.emulator.jobs.some(({ state }) => state !== 'succeeded'))
			await realClock.sleep(CHECK_MS, new AbortController().signal);
	}

	/** Waits until the emulator has accepted a job. */
	async untilBilled(): Promise<void> {
		while (this.emulator.jobs.length === 0) await realClock.sleep(CHECK_MS, new AbortController().signal);
	}

	/** Lists the recorded requests of one stage. */
	requests(stage: RecordedRequest['stage']): RecordedRequest[] {
		return this.emulator.requests.filter((request) => request.stage === stage);
	}

	/** Returns the body of the only submit of a test, and its path below the base URL. */
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

/** Starts an emulator for the tests of a file and clears it before each test. */
export function useContractFixture(): ContractFixture {
	const harness = new ContractFixture();
	beforeAll(async () => await harness.start());
	beforeEach(() => {
		harness.emulator.clear();
		Object.assign(harness.emulator.timing, timing);
	});
	afterAll(async () => await harness.emulator.close());
	return harness;
}

/** Returns every `parts`-th provider of the registry, from index `part` on. */
export const partOf = (part: number, parts: number): Provider[] =>
	providers.filter((_, index) => index % parts === part);
