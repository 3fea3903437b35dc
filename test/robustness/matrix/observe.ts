import { defaultLimits } from '../../../nodes/FluxKontext/core/base/limits';
import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import { endingText } from '../../../tools/docs/reliability/ending';
import { faultsOf, storeTroubleOf, timeoutOf } from '../../../tools/docs/reliability/inject';
import type { Cell, MatrixStage } from '../../../tools/docs/reliability/matrix';
import { traitsOf } from '../../../tools/docs/reliability/traits';
import type { ProviderId } from '../../../tools/emulator';
import { wasDrawn } from '../../support/draw';
import { endpointsOf } from '../../support/endpoints';
import type { MatrixFixture, MatrixRun } from './matrixFixture';

/** Milliseconds beyond the timeout that a submit (120 s) and a cancel request (10 s) may take. */
const SLACK_MS = 130_000;

/** Stages that are no requests. */
const NO_REQUESTS: readonly MatrixStage[] = ['answer', 'store', 'job'];
/** Real milliseconds within which a connection that was given up is closed. */
const CLOSE_MS = 2_000;

/** Bytes of a chunk that may exceed a limit before reading ends. */
const CHUNK_BYTES = 128 * 1024;

/** Returns the bytes of one response that a run with a fault at a stage may read. */
function limitOf(provider: Provider, stage: MatrixStage): number {
	const { maxResponseBytes, maxImageResponseBytes } = defaultLimits;
	const { status, result } = endpointsOf(provider);
	const endpoint = stage === 'status' ? status : stage === 'result' ? result : undefined;
	const mayBeLarge = stage === 'submit' ? traitsOf(provider).largeSubmit : endpoint?.embedsImages === true;
	return mayBeLarge || !['submit', 'status', 'result', 'cancel'].includes(stage)
		? maxImageResponseBytes
		: maxResponseBytes;
}

/** Waits until the client has closed the connections whose response never comes. Returns how many are left. */
async function unclosedConnections({ emulator }: MatrixFixture): Promise<number> {
	const end = Date.now() + CLOSE_MS;
	while (emulator.unansweredConnections() > 0 && Date.now() < end)
		await new Promise((resolve) => setTimeout(resolve, 5));
	return emulator.unansweredConnections();
}

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
	provider: Provider,
): Promise<string[]> {
	const { apiKey } = fixture.emulator.providers[provider.id as ProviderId];
	const { requests, sampleImage } = fixture.emulator;
	const { job, result } = run.outcome;
	const isUnsure = cell.stage === 'submit' && !result.ok && result.fault.code === 'unavailable';
	const rules = {
		'the image is incomplete': !(await isComplete(run, sampleImage.bytes)),
		'a response was read beyond its limit':
			run.longestResponse > limitOf(provider, cell.stage) + CHUNK_BYTES,
		'the run ended too late': run.tookMs > timeoutOf(cell) + SLACK_MS,
		'the job has no handle': job !== null && (job.id === '' || job.handle['id'] !== job.id),
		'the fault is called retryable': isUnsure && result.fault.retryable,
		'the fault did not occur': fixture.emulator.pendingFaults() > 0,
		'the stage was not reached':
			!NO_REQUESTS.includes(cell.stage) && !requests.some(({ stage }) => stage === cell.stage),
	};
	const unclosed = await unclosedConnections(fixture);
	return [
		...(unclosed > 0 ? [`${unclosed} connections are open`] : []),
		...Object.entries(rules).flatMap(([text, isViolated]) => (isViolated ? [text] : [])),
		...keyViolations(fixture, run, apiKey),
	];
}

/** Runs a job with the fault of a cell. Returns the outcome as text, followed by what must not hold. */
export async function observe(fixture: MatrixFixture, provider: Provider, cell: Cell): Promise<string> {
	const { emulator, clock, foreign } = fixture;
	fixture.clear();
	for (const fault of faultsOf(cell, provider, clock.now(), `${foreign.origin}/elsewhere`))
		emulator.inject(fault);
	const run = await fixture.run(provider, timeoutOf(cell), {
		store: storeTroubleOf(cell),
		fromUrl: cell.stage === 'input',
	});
	const { job, result } = run.outcome;
	const submits = emulator.requests.filter(({ stage }) => stage === 'submit').length;
	const ending = endingText({
		end: result.ok ? 'delivered' : result.fault.code,
		job: job !== null,
		lost: cell.stage === 'store' && !result.ok && !result.fault.retryable,
		billed: emulator.jobs.length,
		again: submits > 1,
	});
	return [ending, ...(await violations(fixture, cell, run, provider))].join('; ');
}
