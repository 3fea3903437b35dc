import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

import { runJob, type JobOptions, type JobOutcome, type JobContext } from '../../index';
import { cancelAndLook } from './cancel';
import { imageFindings } from './imageFindings';
import type { Job } from './job';
import { resultFinding, statusFinding, submitFinding } from './jobFindings';
import type { Order } from './order';
import { Recorder } from './recorder';
import { notConfirmed, type Finding, type Report } from './report';

const keep: JobOptions<Buffer>['store'] = async ({ chunks }) => await buffer(chunks);

/** The image was paid for: it is kept whatever else was seen. */
async function save(path: string, image: Buffer, report: Report): Promise<void> {
	try {
		await writeFile(path, image);
		report.say(`The image is in ${path}`);
	} catch (error) {
		report.add(notConfirmed('image', `it could not be written to ${path}: ${String(error)}`));
	}
}

/** What is left to do with a job that brought no image. */
function sayWhatToDo({ job, result }: JobOutcome<Buffer>, report: Report): void {
	if (result.ok) return;
	report.say(`What to do: ${result.fault.description}`);
	if (!job) return;
	report.say('The job, as Flux Kontext takes it in n8n (resource Job, operation Wait):');
	report.record(job);
}

async function outcomeFindings(
	outcome: JobOutcome<Buffer>,
	{ provider, baseUrl }: JobContext,
	job: Job,
	expectedCost: number | null,
	recorder: Recorder,
): Promise<Finding[]> {
	const { job: record, result } = outcome;
	if (!record) return [notConfirmed('submit', result.ok ? 'there is no job' : result.fault.message)];
	const status = statusFinding(provider, record, outcome, recorder.looks, recorder.takeExchanges());
	if (record.status !== 'succeeded') return [status];
	const images = result.ok
		? await imageFindings(job, result.value, baseUrl, expectedCost)
		: [notConfirmed('image', result.fault.message)];
	return [status, resultFinding(recorder.looks), ...images];
}

/** Runs the job once, watches the engine at it, and reports each step. */
export async function runAndLook(
	plainRun: JobContext,
	job: Job,
	{ cancel, out }: Order,
	expectedCost: number | null,
	report: Report,
): Promise<void> {
	const recorder = new Recorder();
	const { provider, ports } = plainRun;
	const run = {
		...plainRun,
		provider: recorder.provider(provider),
		ports: { ...ports, http: recorder.port(ports.http) },
	};
	const outcome = await runJob(run, job.request, {
		store: keep,
		// It is paid for, and can still be finished elsewhere.
		cancelOnTimeout: false,
		completion: cancel ? 'submit' : 'wait',
		onAccepted: (record) => report.add(submitFinding(record, recorder.takeExchanges())),
	});
	const cancelled = cancel && outcome.job ? await cancelAndLook(run, outcome.job, keep) : null;
	report.add(
		...(cancelled
			? [cancelled.finding]
			: await outcomeFindings(outcome, run, job, expectedCost, recorder)),
	);
	const last = cancelled?.outcome ?? outcome;
	const [image] = last.result.ok ? last.result.value.images : [];
	if (image && out !== null) await save(out, image.value, report);
	if (cancelled?.finding.verdict !== 'confirmed') sayWhatToDo(last, report);
}
