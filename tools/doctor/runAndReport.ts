import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

import type { Engine, JobOptions, JobOutcome, JobSetup } from '../../index';
import { checkCancel } from './cancel';
import { imageFindings } from './imageFindings';
import type { DoctorJob } from './job';
import { resultFinding, statusFinding, submitFinding } from './jobFindings';
import type { DoctorOptions } from './options';
import { Recorder } from './recorder';
import { notConfirmed, type Finding, type Report } from './report';

const storeInMemory: JobOptions<Buffer>['store'] = async ({ chunks }) => await buffer(chunks);

/** Saves the image, whatever the findings are: it is paid for. Never rejects. */
async function saveImage(path: string, image: Buffer, report: Report): Promise<void> {
	try {
		await writeFile(path, image);
		report.print(`The image is in ${path}`);
	} catch (error) {
		report.add(notConfirmed('image', `it could not be written to ${path}: ${String(error)}`));
	}
}

/** Prints what the user can do about a job that delivered no image, with its record. */
function printAdvice({ job, result }: JobOutcome<Buffer>, report: Report): void {
	if (result.ok) return;
	report.print(`What to do: ${result.fault.description}`);
	if (!job) return;
	report.print('The job record, as Flux Kontext in n8n takes it (resource Job, operation Wait):');
	report.printRecord(job);
}

async function outcomeFindings(
	outcome: JobOutcome<Buffer>,
	{ provider, baseUrl }: JobSetup,
	job: DoctorJob,
	expectedCost: number | null,
	recorder: Recorder,
): Promise<Finding[]> {
	const { job: record, result } = outcome;
	if (!record) return [notConfirmed('submit', result.ok ? 'there is no job' : result.fault.message)];
	const status = statusFinding(provider, record, outcome, recorder.responses, recorder.takeExchanges());
	if (record.status !== 'succeeded') return [status];
	const images = result.ok
		? await imageFindings(job, result.value, baseUrl, expectedCost)
		: [notConfirmed('image', result.fault.message)];
	return [status, resultFinding(recorder.responses), ...images];
}

/**
 * Submits the job once, which is paid for, and reports each step that the recorder sees. Cancels the job
 * where the options say so. Never rejects.
 */
export async function runAndReport(
	engine: Engine,
	setup: JobSetup,
	job: DoctorJob,
	{ cancel, out }: DoctorOptions,
	expectedCost: number | null,
	report: Report,
): Promise<void> {
	const recorder = new Recorder();
	const { provider, ports } = setup;
	const recorded = {
		...setup,
		provider: recorder.provider(provider),
		ports: { ...ports, http: recorder.port(ports.http) },
	};
	const outcome = await engine.runJob(recorded, job.request, {
		store: storeInMemory,
		// The job is paid for, and can still be finished elsewhere from its record.
		cancelOnTimeout: false,
		completion: cancel ? 'submit' : 'wait',
		onAccepted: (record) => report.add(submitFinding(record, recorder.takeExchanges())),
	});
	const cancelled =
		cancel && outcome.job ? await checkCancel(engine, recorded, outcome.job, storeInMemory) : null;
	report.add(
		...(cancelled
			? [cancelled.finding]
			: await outcomeFindings(outcome, recorded, job, expectedCost, recorder)),
	);
	const last = cancelled?.outcome ?? outcome;
	const [image] = last.result.ok ? last.result.value.images : [];
	if (image && out !== null) await saveImage(out, image.value, report);
	if (cancelled?.finding.verdict !== 'confirmed') printAdvice(last, report);
}
