import { createEngine, type JobSetup } from '../../index';
import { secretForms } from '../../nodes/FluxKontext/transport/secretForms';
import { axiosPort } from '../support/axiosPort';
import { keyHeaders } from '../support/credentials';
import { testCredential } from './credential';
import type { DoctorJob } from './job';
import { printNotes } from './notes';
import type { DoctorOptions } from './options';
import { dollars, priceOf } from './price';
import { Report } from './report';
import { runAndReport } from './runAndReport';
import { nodePorts, type DoctorIo } from './doctorIo';

/** Time limit of the whole job: the node's default. */
const JOB_TIMEOUT_MS = 600_000;

async function confirmPayment(
	{ provider, yes }: DoctorOptions,
	usd: number | null,
	confirm: DoctorIo['confirm'],
	report: Report,
): Promise<boolean> {
	if (yes) return true;
	const cost = usd === null ? "The job's cost is unknown." : `The job costs about ${dollars(usd)}.`;
	if (confirm && (await confirm(`${cost} Pay for it at ${provider.displayName}? [y/N] `))) return true;
	report.print(
		confirm
			? 'Nothing was submitted.'
			: `${cost} Nothing was submitted: ` +
					'there is no terminal for the confirmation. --yes pays without it.',
	);
	return false;
}

/**
 * Goes through a provider's protocol step by step and reports each. Resolves to whether every step was
 * confirmed. Submits one paid job, after a confirmation unless `yes` is set.
 */
export async function examine(
	options: DoctorOptions,
	job: DoctorJob,
	{ print, confirm, stop }: DoctorIo,
): Promise<boolean> {
	const { provider, credential, baseUrl, baseQuery, apiKey, model, operation } = options;
	const report = new Report(print, secretForms(apiKey));
	report.print(`${provider.displayName}, ${model}, ${operation}, at ${baseUrl}`);
	for (const { message } of job.warnings) report.print(`Note: ${message}`);
	const portWith = async (key: string) => axiosPort(await keyHeaders(credential, key));
	const ports = nodePorts(await portWith(apiKey), stop);
	if (!(await testCredential(options, ports, portWith, report))) return false;
	const engine = createEngine();
	const setup = (): JobSetup => ({
		provider,
		baseUrl,
		baseQuery,
		ports,
		deadline: ports.now() + JOB_TIMEOUT_MS,
		signal: stop,
	});
	const { usd, finding } = await priceOf(engine, setup(), job);
	report.add(finding);
	if (!(await confirmPayment(options, usd, confirm, report))) return false;
	// The deadline is computed after the confirmation, so that waiting for it takes no time from the job.
	await runAndReport(engine, setup(), job, options, usd, report);
	printNotes(options, report);
	return report.isConfirmed;
}
