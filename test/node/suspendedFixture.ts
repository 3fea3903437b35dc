import type { INodeExecutionData, IRunExecutionData } from 'n8n-workflow';

import { createEngine } from '../../index';
import { executeNode } from '../../nodes/FluxKontext/actions/router';
import { handleResumeWebhook } from '../../nodes/FluxKontext/actions/suspend/resumeWebhook';
import type { Engine } from '../../nodes/FluxKontext/core/engine';
import { FluxKontext } from '../../nodes/FluxKontext/FluxKontext.node';
import { startEmulator, type EmulatedJob, type Emulator } from '../../tools/emulator';
import { callWebhook, type WebhookOutcome } from '../../tools/n8n-core/callWebhook';
import { executeWorkflow, fluxNode, type NodeInput } from '../../tools/n8n-core/executeWorkflow';
import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { quickPolicy } from '../support/quickPolicy';
import { picture } from './nodeFixture';
import { webhookOf } from './webhooks';

const parameters = {
	resource: 'image',
	operation: 'edit',
	provider: '={{ $json.provider }}',
	model: { __rl: true, mode: 'id', value: '' },
	prompt: '={{ $json.prompt }}',
	inputImages: { image: [{ source: 'url', url: '={{ $json.image }}' }] },
	sizing: 'aspectRatio',
	completion: '={{ "suspend" }}',
	options: { concurrency: 1 },
};
/** Milliseconds between the ends of two jobs. */
const STEP_MS = 1_000;

/** What a call differs in from the provider's own webhook. */
export interface ReportOptions {
	/** Default: the engine that the execution was suspended with. */
	engine?: Engine | undefined;
	/** Default: those of the provider. */
	headers?: Record<string, string>;
}

/** An execution that is suspended for jobs of two providers, whose ends the test decides. */
export interface SuspendedExecution {
	/** Jobs in the order of their items. */
	jobs: readonly EmulatedJob[];
	/** Ends the job that is next in order. */
	endNext: () => void;
	/** Calls the webhook for a job. */
	report: (job: EmulatedJob | undefined, options?: ReportOptions) => Promise<WebhookOutcome>;
	/** Lets n8n run the node again, as a webhook has left the execution. Returns its items. */
	resume: (outcome: WebhookOutcome, engine?: Engine) => Promise<INodeExecutionData[]>;
}

/** The node inside n8n-core, with an emulator in which time stands still. */
export interface SuspendedFixture {
	readonly emulator: Emulator;
	/** Counts the status requests. */
	polls(): number;
	/**
	 * Suspends an execution for jobs of the given providers. `endOrder` lists the positions of the jobs in the
	 * order in which they end.
	 */
	suspend(providers: readonly string[], endOrder: readonly number[]): Promise<SuspendedExecution>;
}

/** Creates the node on an engine of its own. */
const nodeOn = (engine: Engine) =>
	Object.assign(new FluxKontext(), {
		execute: async function (this: Parameters<typeof executeNode>[0]) {
			return [await executeNode(this, engine)];
		},
		webhook: async function (this: Parameters<typeof handleResumeWebhook>[0]) {
			return await handleResumeWebhook(this, engine);
		},
	});

/** Creates an engine as a process has it after its start. */
export const freshEngine = (): Engine => createEngine({ policy: quickPolicy });

/** Starts an emulator for the tests of a file and clears it before each test. */
export function useSuspendedFixture(): SuspendedFixture {
	const started = {} as { emulator: Emulator };
	const time = { ms: Date.now() };
	beforeAll(async () => {
		const image = await picture(64, 64);
		started.emulator = await startEmulator({
			clock: {
				now: () => time.ms,
				// Nothing is sent by the emulator itself: the tests decide on the order of the webhooks.
				sleep: async (_, signal) =>
					await new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
				checkMs: 1,
				stuck: () => undefined,
				freed: () => undefined,
			},
			draw: async () => await Promise.resolve(image),
		});
	});
	beforeEach(() => started.emulator.clear());
	afterAll(async () => await started.emulator.close());

	async function suspend(
		providers: readonly string[],
		endOrder: readonly number[],
	): Promise<SuspendedExecution> {
		const { emulator } = started;
		const settings = { parameters, credentials: emulatorCredentials(emulator) };
		const run = async (engine: Engine, input: NodeInput): Promise<IRunExecutionData> =>
			(await executeWorkflow(nodeOn(engine), settings, input)).data;
		// One job after the other is submitted while time stands still, each with its own duration.
		let submitted = 0;
		Object.defineProperty(emulator.timing, 'runMs', {
			configurable: true,
			get: () => STEP_MS * (1 + endOrder.indexOf(submitted++)),
		});
		Object.assign(emulator.timing, { queueMs: 0 });
		const own = freshEngine();
		const items = providers.map((provider, index) => ({
			json: { provider, prompt: `image ${index}`, image: emulator.sampleImage.url },
		}));
		const execution = await run(own, { items });
		const jobs = [...emulator.jobs];
		return {
			jobs,
			endNext: () => void (time.ms += STEP_MS),
			report: async (job, { engine = own, ...overrides } = {}) => {
				if (!job) throw new Error('There is no such job');
				const { credentials } = settings;
				const target = { type: nodeOn(engine), node: fluxNode(settings), credentials, execution };
				return await callWebhook(target, { ...webhookOf(job), ...overrides });
			},
			resume: async ({ items: resumed, metadata }, engine = own) => {
				const { resultData } = await run(engine, { items: resumed ?? [], metadata });
				return resultData.runData['Flux Kontext']?.at(-1)?.data?.['main']?.[0] ?? [];
			},
		};
	}

	return {
		get emulator() {
			return started.emulator;
		},
		polls: () => started.emulator.requests.filter(({ stage }) => stage === 'status').length,
		suspend,
	};
}
