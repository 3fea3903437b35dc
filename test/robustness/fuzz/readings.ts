import type { HttpResponse, JobSnapshot, Provider, Result } from '../../../index';
import { recordOf } from '../../../nodes/FluxKontext/core/job/record';
import { parseJson } from '../../../nodes/FluxKontext/core/base/json';
import type { Handle } from '../../../nodes/FluxKontext/core/provider';
import type { Stage } from '../../../tools/emulator';
import { everyChange } from './changes';
import { placesWith } from './edits';
import type { FuzzFixture } from './fuzzFixture';
import { found, isOwn, isPlain, ofFault, ofRecord } from './rules';
import { located } from './values';

/** An answer of the emulator and what a provider reads out of it. */
interface Reading {
	stage: Stage;
	status: number;
	headers: Record<string, string>;
	json: string;
}

/** The answers to the requests of a job that nothing happens to, one of each kind. */
export async function genuineReadings(
	fixture: FuzzFixture,
): Promise<{ readings: Reading[]; handle: Handle }> {
	const { outcome } = await fixture.submit({ reroute: 'nothing', first: null, then: [], rest: null });
	if (!outcome?.job) throw new Error('A job that nothing happened to did not come to its end');
	const readings = fixture.proxy.exchanges.flatMap<Reading>(({ stage, answer }) =>
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
	const last = new Map(
		readings.map((reading) => [
			`${reading.stage} ${placesWith(reading.json, () => true).length}`,
			reading,
		]),
	);
	return { readings: [...last.values()], handle: outcome.job.handle as Handle };
}

function read(
	{ provider, request, baseUrl }: FuzzFixture,
	{ stage }: Reading,
	response: HttpResponse,
	handle: Handle,
): Result<JobSnapshot> | undefined {
	const context = { baseUrl, now: Date.parse('2026-11-20T12:00:00Z') };
	if (stage === 'submit') return provider.parseSubmit(response, request, context);
	return stage === 'status'
		? provider.parseStatus?.(response, handle, context)
		: provider.parseResult?.(response, handle, context);
}

export function addressesOf(
	{ buildStatus, buildResult, buildCancel }: Provider,
	handle: Handle,
	baseUrl: string,
): string[] {
	const context = { baseUrl, now: 0 };
	return [buildStatus, buildResult, buildCancel].flatMap((build) =>
		build ? [build(handle, context).url] : [],
	);
}

function ofSnapshot({ provider, baseUrl, request }: FuzzFixture, snapshot: JobSnapshot): string[] {
	const { state, handle } = snapshot;
	const job = recordOf(
		{ provider: provider.id, model: request.model, submittedAt: '2026-11-20T12:00:00.000Z' },
		snapshot,
	);
	return [
		...found({
			'a snapshot that is no plain JSON': !isPlain(snapshot),
			"an address that is not the provider's own": !addressesOf(provider, handle, baseUrl).every(
				(url) => isOwn(url, baseUrl, provider),
			),
		}),
		...ofRecord(job, provider, baseUrl),
		...(state === 'failed' ? ofFault(snapshot.fault) : []),
	];
}

function ofReading(fixture: FuzzFixture, reading: Reading, response: HttpResponse, handle: Handle): string[] {
	try {
		const result = read(fixture, reading, response, handle);
		// As an error answer, the same body is read by another hand.
		const refusals = [400, 429, 500].map((status) =>
			fixture.provider.parseError({ ...response, status }),
		);
		const told =
			result === undefined ? [] : result.ok ? ofSnapshot(fixture, result.value) : ofFault(result.fault);
		return [...told, ...refusals.flatMap(ofFault)];
	} catch (error) {
		return [`it threw ${String(error)}`];
	}
}

/** Every change at every place of an answer, and what of that is not read as it should be: each kind once, with its first answer. */
export function spoilt(fixture: FuzzFixture, reading: Reading, handle: Handle): Record<string, string> {
	const wrong: Record<string, string> = {};
	for (const changed of everyChange(reading.json)) {
		const text = located(changed, fixture.proxy.places);
		const response = { status: reading.status, headers: reading.headers, body: parseJson(text) ?? text };
		for (const breach of ofReading(fixture, reading, response, handle))
			wrong[`${reading.stage}: ${breach}`] ??= text.slice(0, 300);
	}
	return wrong;
}
