import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import { faultsOf, timeoutOf, type Cell } from '../../../tools/docs/reliability/matrix';
import { endingText } from '../../../tools/docs/reliability/rules';
import type { ProviderId } from '../../../tools/emulator';
import { wasDrawn } from '../../support/draw';
import type { MatrixFixture, MatrixRun } from './matrixFixture';

/** Milliseconds beyond the timeout that a submit (120 s) and a cancel request (10 s) may take. */
const SLACK_MS = 130_000;

/** Lists the places where the key appears, but must not. */
function keyViolations(
	{ emulator, foreign }: MatrixFixture,
	{ outcome }: MatrixRun,
	apiKey: string,
): string[] {
	const places = {
		'the outcome': outcome,
		'a request to the file server': emulator.requests.filter(({ provider }) => provider === 'files'),
		'a request to another origin': foreign.received,
	};
	return Object.entries(places).flatMap(([place, content]) =>
		JSON.stringify(content).includes(apiKey) ? [`the key is in ${place}`] : [],
	);
}

/** Tells whether a successful run delivered exactly one complete image. */
async function isComplete({ outcome: { result } }: MatrixRun, image: Buffer): Promise<boolean> {
	if (!result.ok) return true;
	const checks = await Promise.all(
		result.value.images.map(async ({ value }) => image.equals(value) || (await wasDrawn(value))),
	);
	return checks.length === 1 && checks.every(Boolean);
}

/** Lists what holds after a run, but must not hold after any fault. */
async function violations(
	fixture: MatrixFixture,
	cell: Cell,
	run: MatrixRun,
	apiKey: string,
): Promise<string[]> {
	const { requests, sampleImage } = fixture.emulator;
	const { job, result } = run.outcome;
	const isUnsure = cell.stage === 'submit' && !result.ok && result.fault.code === 'unavailable';
	const rules = {
		'the image is incomplete': !(await isComplete(run, sampleImage.bytes)),
		'the run ended too late': run.tookMs > timeoutOf(cell) + SLACK_MS,
		'the job has no handle': job !== null && (job.id === '' || job.handle['id'] !== job.id),
		'the fault is called retryable': isUnsure && result.fault.retryable,
		'the stage was not reached':
			cell.stage !== 'job' && !requests.some(({ stage }) => stage === cell.stage),
	};
	return [
		...Object.entries(rules).flatMap(([text, isViolated]) => (isViolated ? [text] : [])),
		...keyViolations(fixture, run, apiKey),
	];
}

/** Runs a job with the fault of a cell. Returns the outcome as text, followed by what must not hold. */
export async function observe(fixture: MatrixFixture, provider: Provider, cell: Cell): Promise<string> {
	const { emulator, clock, foreign } = fixture;
	const id = provider.id as ProviderId;
	fixture.clear();
	for (const fault of faultsOf(cell, id, clock.now(), `${foreign.origin}/elsewhere`))
		emulator.inject(fault);
	const run = await fixture.run(provider, timeoutOf(cell));
	const { job, result } = run.outcome;
	const submits = emulator.requests.filter(({ stage }) => stage === 'submit').length;
	const ending = endingText({
		end: result.ok ? 'delivered' : result.fault.code,
		job: job !== null,
		billed: emulator.jobs.length,
		again: submits > 1,
	});
	const { apiKey } = emulator.providers[id];
	return [ending, ...(await violations(fixture, cell, run, apiKey))].join('; ');
}
