import type { HttpResponse, JobSnapshot, Result } from '../../../index';
import { parseJson } from '../../../nodes/FluxKontext/core/base/json';
import { createJobRecord } from '../../../nodes/FluxKontext/core/job/record';
import type { Handle } from '../../../nodes/FluxKontext/core/job/snapshot';
import type { Stage } from '../../../tools/emulator';
import { endpointsOf, requestsOf } from '../../support/endpoints';
import { everyChange } from './changes';
import { positionsOf } from './edits';
import type { FuzzFixture } from './fuzzFixture';
import { genuineScript } from './mutations';
import { undocumented } from './documentedRequests';
import { faultViolations, isPlain, recordViolations, violated } from './rules';
import { fillPlaceholders } from './values';

/** Longest counterexample in a failure message, in characters. */
const MAX_EXAMPLE = 300;

/** Response of the emulator to a request of a job. */
interface RecordedResponse {
	stage: Stage;
	status: number;
	headers: Record<string, string>;
	json: string;
}

/**
 * Runs a job without mutations. Returns its handle and the responses that it received: the last one of each
 * stage and number of values.
 */
export async function recordResponses(
	fixture: FuzzFixture,
): Promise<{ responses: RecordedResponse[]; handle: Handle }> {
	const { outcome } = await fixture.submit(genuineScript);
	if (!outcome?.job) throw new Error('A job without mutations did not finish');
	const responses = fixture.proxy.exchanges.flatMap<RecordedResponse>(({ stage, answer }) =>
		stage !== null && answer !== null && ['submit', 'status', 'result'].includes(stage)
			? [
					{
						stage,
						status: answer.status,
						headers: Object.fromEntries(answer.headers),
						json: answer.body.toString(),
					},
				]
			: [],
	);
	const kinds = new Map(
		responses.map((response) => [
			`${response.stage} ${positionsOf(response.json, () => true).length}`,
			response,
		]),
	);
	return { responses: [...kinds.values()], handle: outcome.job.handle as Handle };
}

function parse(
	{ provider, request, baseUrl }: FuzzFixture,
	{ stage }: RecordedResponse,
	response: HttpResponse,
	handle: Handle,
): Result<JobSnapshot> | undefined {
	const context = { baseUrl, now: Date.parse('2026-11-20T12:00:00Z') };
	if (stage === 'submit') return provider.submit.parse(response, request, context);
	const { status, result } = endpointsOf(provider);
	return (stage === 'status' ? status : result)?.parse(response, handle, context);
}

function snapshotViolations({ provider, baseUrl, request }: FuzzFixture, snapshot: JobSnapshot): string[] {
	const { state, handle } = snapshot;
	const job = createJobRecord(
		{ provider: provider.id, model: request.model, submittedAt: '2026-11-20T12:00:00.000Z' },
		snapshot,
	);
	return [
		...violated({ 'the snapshot is not plain JSON': !isPlain(snapshot) }),
		...undocumented(requestsOf(provider, handle, { baseUrl, now: 0 }), {
			provider,
			baseUrl,
			maySubmit: false,
			jobId: handle.id,
		}),
		...recordViolations(job, provider),
		...(state === 'failed' ? faultViolations(snapshot.fault) : []),
	];
}

function parseViolations(
	fixture: FuzzFixture,
	recorded: RecordedResponse,
	response: HttpResponse,
	handle: Handle,
): string[] {
	try {
		const result = parse(fixture, recorded, response, handle);
		// With an error status, the provider's error parser reads the same body.
		const faults = [400, 429, 500].map((status) => fixture.provider.parseError({ ...response, status }));
		const parsed =
			result === undefined
				? []
				: result.ok
					? snapshotViolations(fixture, result.value)
					: faultViolations(result.fault);
		return [...parsed, ...faults.flatMap(faultViolations)];
	} catch (error) {
		return [`it threw ${String(error)}`];
	}
}

/** Parses a response with every change at every position. Returns each kind of violation with an example. */
export function misreadings(
	fixture: FuzzFixture,
	recorded: RecordedResponse,
	handle: Handle,
): Record<string, string> {
	const { stage, status, headers, json } = recorded;
	const examples: Record<string, string> = {};
	for (const changed of everyChange(json)) {
		const text = fillPlaceholders(changed, fixture.proxy.placeholders);
		const response = { status, headers, body: parseJson(text) ?? text };
		for (const violation of parseViolations(fixture, recorded, response, handle))
			examples[`${stage}: ${violation}`] ??= text.slice(0, MAX_EXAMPLE);
	}
	return examples;
}
