import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import type { ProviderId } from '../../../tools/emulator';
import { wasDrawn } from '../../support/draw';
import { faultsOf, timeoutOf, type Cell } from '../../../tools/docs/reliability/matrix';
import type { MatrixFixture, Ran } from './matrixFixture';
import { endingText } from '../../../tools/docs/reliability/rules';

/** A submit may take 120 s beyond the timeout, and a cancellation 10 s. */
const SLACK_MS = 130_000;

/** Who has seen the key that should not have. */
function leaks({ emulator, elsewhere }: MatrixFixture, { outcome }: Ran, apiKey: string): string[] {
	const places = {
		'the outcome': outcome,
		'the file server': emulator.requests.filter(({ provider }) => provider === 'files'),
		'another origin': elsewhere.seen,
	};
	return Object.entries(places).flatMap(([place, seen]) =>
		JSON.stringify(seen).includes(apiKey) ? [`the key is in ${place}`] : [],
	);
}

async function isWhole({ outcome: { result } }: Ran, image: Buffer): Promise<boolean> {
	if (!result.ok) return true;
	const checked = await Promise.all(
		result.value.images.map(async ({ value }) => image.equals(value) || (await wasDrawn(value))),
	);
	return checked.length === 1 && checked.every(Boolean);
}

/** What must never be, whatever went wrong. */
async function breaches(fixture: MatrixFixture, cell: Cell, ran: Ran, apiKey: string): Promise<string[]> {
	const { requests, sampleImage } = fixture.emulator;
	const { job, result } = ran.outcome;
	const unsure = cell.stage === 'submit' && !result.ok && result.fault.code === 'unavailable';
	const found = {
		'not a whole image': !(await isWhole(ran, sampleImage.bytes)),
		'too late': ran.tookMs > timeoutOf(cell) + SLACK_MS,
		'a job without a handle': job !== null && (job.id === '' || job.handle['id'] !== job.id),
		'said to be retryable': unsure && result.fault.retryable,
		'the stage was not reached':
			cell.stage !== 'job' && !requests.some(({ stage }) => stage === cell.stage),
	};
	return [
		...Object.entries(found).flatMap(([text, is]) => (is ? [text] : [])),
		...leaks(fixture, ran, apiKey),
	];
}

/** Lets a fault happen to a job and says how that ended, with whatever should not have been. */
export async function observe(fixture: MatrixFixture, provider: Provider, cell: Cell): Promise<string> {
	const { emulator, clock, elsewhere } = fixture;
	const id = provider.id as ProviderId;
	fixture.clear();
	for (const fault of faultsOf(cell, id, clock.now(), elsewhere.url)) emulator.inject(fault);
	const ran = await fixture.run(provider, timeoutOf(cell));
	const { job, result } = ran.outcome;
	const submits = emulator.requests.filter(({ stage }) => stage === 'submit').length;
	const ending = endingText({
		end: result.ok ? 'delivered' : result.fault.code,
		job: job !== null,
		billed: emulator.jobs.length,
		again: submits > 1,
	});
	return [ending, ...(await breaches(fixture, cell, ran, emulator.providers[id].apiKey))].join('; ');
}
