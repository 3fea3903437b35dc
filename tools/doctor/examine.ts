import type { JobContext } from '../../index';
import { axiosPort } from '../support/axiosPort';
import { keyHeaders } from '../support/credentials';
import { testCredential } from './credential';
import type { Job } from './job';
import { sayNotes } from './notes';
import type { Order } from './order';
import { dollars, priceOf } from './price';
import { Report } from './report';
import { runAndLook } from './runAndLook';
import { nodePorts, type World } from './world';

/** Milliseconds for the whole job, as the node has it. */
const TIMEOUT_MS = 600_000;

async function mayPay(
	{ provider, yes }: Order,
	usd: number | null,
	ask: World['ask'],
	report: Report,
): Promise<boolean> {
	if (yes) return true;
	const cost = usd === null ? 'What the job costs is not known.' : `The job costs about ${dollars(usd)}.`;
	if (ask && (await ask(`${cost} Pay it at ${provider.displayName}? [y/N] `))) return true;
	report.say(
		ask
			? 'Nothing was submitted.'
			: `${cost} Nothing was submitted: nobody is there to be asked. With --yes it is paid without a question.`,
	);
	return false;
}

/** Goes through the protocol of a provider step by step; says whether all of it was confirmed. */
export async function examine(order: Order, job: Job, { say, ask, stop }: World): Promise<boolean> {
	const { provider, credential, baseUrl, apiKey, model, operation } = order;
	const report = new Report(say, [apiKey]);
	report.say(`${provider.displayName}, ${model}, ${operation}, at ${baseUrl}`);
	for (const { message } of job.warnings) report.say(`Note: ${message}`);
	const portWith = async (key: string) => axiosPort(await keyHeaders(credential, key));
	const ports = nodePorts(await portWith(apiKey), stop);
	if (!(await testCredential(order, ports, portWith, report))) return false;
	const run = (): JobContext => ({
		provider,
		baseUrl,
		ports,
		deadline: ports.now() + TIMEOUT_MS,
		signal: stop,
	});
	const { usd, finding } = await priceOf(run(), job);
	report.add(finding);
	if (!(await mayPay(order, usd, ask, report))) return false;
	// The time for the job begins when the question is answered.
	await runAndLook(run(), job, order, usd, report);
	sayNotes(order, report);
	return report.isConfirmed;
}
