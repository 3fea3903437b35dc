import { createHmac } from 'node:crypto';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { createEngine } from '../../index';
import { handleTriggerWebhook } from '../../nodes/FluxKontext/actions/trigger/handleWebhook';
import type { Engine } from '../../nodes/FluxKontext/core/engine';
import { FluxKontextTrigger } from '../../nodes/FluxKontext/FluxKontextTrigger.node';
import { signUrl } from '../../nodes/FluxKontext/webhooks/signedUrl';
import type { EmulatedJob } from '../../tools/emulator';
import { callWebhook, type WebhookCall, type WebhookOutcome } from '../../tools/n8n-core/callWebhook';
import { fluxNode } from '../../tools/n8n-core/executeWorkflow';
import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { quickPolicy } from '../support/quickPolicy';
import { until, useNodeFixture, type NodeFixture } from './nodeFixture';
import { webhookOf } from './webhooks';

/** A job that was submitted with the URL of the trigger. */
export interface ReportedJob {
	job: EmulatedJob;
	/** Query of the URL that the provider was given. */
	query: { flux: string };
}

/** What a call differs in from the provider's own webhook to a trigger with default settings. */
export interface CallOptions extends Partial<WebhookCall> {
	/** Parameters of the trigger. */
	parameters?: INodeParameters;
	/** Default: that of the fixture. */
	engine?: Engine;
	/** Static data of the trigger's workflow. Default: that of the test. */
	staticData?: IDataObject;
}

/** The trigger inside n8n-core, with an emulator. */
export interface TriggerFixture extends NodeFixture {
	/** Static data of the trigger's workflow in the present test. */
	readonly staticData: IDataObject;
	/** Submits a job with the URL of the trigger, and waits until it has ended. */
	submit(): Promise<ReportedJob>;
	/** Calls the trigger as the provider does when the job has ended. */
	report(reported: ReportedJob, options?: CallOptions): Promise<WebhookOutcome>;
}

/** Returns the query that a URL has which the node made for a job at the given time. */
export function queryMadeAt(job: EmulatedJob, submittedAtMs: number): ReportedJob['query'] {
	const facts = { model: job.model, submittedAt: new Date(submittedAtMs).toISOString(), seed: null };
	const url = signUrl('http://127.0.0.1:9/webhook/flux-kontext', facts, secretOf(job));
	return { flux: new URL(url).searchParams.get('flux') ?? '' };
}

/** Returns the query that version 0.1.0 made for a job at the given time: without a nonce. */
export function oldQueryMadeAt(job: EmulatedJob, submittedAtMs: number): ReportedJob['query'] {
	const facts = { model: job.model, submittedAt: new Date(submittedAtMs).toISOString(), seed: null };
	const payload = Buffer.from(JSON.stringify(facts)).toString('base64url');
	const signature = createHmac('sha256', secretOf(job)).update(payload).digest('base64url');
	return { flux: `${payload}.${signature}` };
}

/** The secret that signs URLs is the one that the provider signs its webhooks with. */
const secretOf = (job: EmulatedJob): string => (job.body as { webhook_secret: string }).webhook_secret;

/** Creates an engine as a process has it after its start, which gives up on a download soon. */
export const freshEngine = (): Engine =>
	createEngine({
		policy: quickPolicy,
		limits: { maxIncompleteAttempts: 1, firstRetryMs: 10, notFoundGraceMs: 10 },
	});

const triggerOn = (engine: Engine) =>
	Object.assign(new FluxKontextTrigger(), {
		webhook: async function (this: Parameters<typeof handleTriggerWebhook>[0]) {
			return await handleTriggerWebhook(this, engine);
		},
	});

/** Starts the fixture of the node tests for tests of the trigger. */
export function useTriggerFixture(): TriggerFixture {
	const fixture = useNodeFixture();
	const state = { engine: freshEngine(), staticData: {} as IDataObject };
	beforeEach(() => {
		Object.assign(state, { engine: freshEngine(), staticData: {} });
		// The tests call the trigger themselves.
		fixture.emulator.inject({ stage: 'callback', kind: 'lost', times: Infinity });
	});
	return Object.defineProperties(fixture as TriggerFixture, {
		staticData: { get: () => state.staticData },
		submit: {
			value: async (): Promise<ReportedJob> => {
				const run = await fixture.run({
					provider: 'blackForestLabs',
					operation: 'generate',
					prompt: 'a fox',
					sizing: 'aspectRatio',
					completion: 'submit',
					options: { callbackUrl: 'http://127.0.0.1:9/webhook/flux-kontext', seed: 7 },
				});
				expect(run.error).toBeNull();
				const job = fixture.emulator.jobs.at(-1);
				if (!job) throw new Error('No job was submitted');
				await until(() => !['queued', 'running'].includes(job.state));
				const url = new URL((job.body as { webhook_url: string }).webhook_url);
				return { job, query: { flux: url.searchParams.get('flux') ?? '' } };
			},
		},
		report: {
			value: async ({ job, query }: ReportedJob, options: CallOptions = {}) => {
				const { engine = state.engine, staticData = state.staticData, ...call } = options;
				const { parameters = {}, ...overrides } = call;
				const credentials = emulatorCredentials(fixture.emulator);
				const node = fluxNode({
					parameters: { provider: 'blackForestLabs', ...parameters },
					credentials,
				});
				return await callWebhook(
					{ type: triggerOn(engine), node, credentials, staticData },
					{ ...webhookOf(job), query, ...overrides },
				);
			},
		},
	});
}
