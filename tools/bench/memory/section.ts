import { providers } from '../../../nodes/FluxKontext/providers';
import { CONCURRENCY, type PreparedN8n } from '../n8n/measured';
import type { LaneOrder, Lanes } from '../processes/lanes';
import { marked, megabytes } from '../support/figures';
import { equal, type Check, type Section } from '../support/section';
import { base64, type Decoded } from './base64';
import { inputReads } from './inputs';
import { contestants } from './contestants';
import { streamed, type Amount, type Streamed } from './streamed';

const short: Amount = { images: 12, imageBytes: 2_000_000, runs: 1 };
const long: Amount = { images: 40, imageBytes: 20_000_000, runs: 3 };

/** Long enough for a job to be seen at work. */
const JOB_MS = 500;

const laneFor = ({ imageBytes }: Amount): LaneOrder => ({ lengthsMs: [JOB_MS], imageBytes });

/** What n8n is prepared for. */
export const measuredLane = laneFor(long);

const AIM_BYTES = 40_000_000;
/** The answer as bytes, as text and as the value in it, each a third larger than the image, and a whole copy of the image. */
const AIM_COPIES = 3 * (4 / 3) + 1;

const nameOf = (id: string) => providers.find((provider) => provider.id === id)?.displayName ?? id;

function checksOf(
	results: readonly Streamed[],
	decoded: readonly Decoded[],
	{ images, runs }: Amount,
): Check[] {
	const ours = results
		.filter(({ isOurs }) => isOurs)
		.flatMap(({ name, downloads, stored }) => [
			equal(`${name}: downloads of ${images * runs} images`, downloads, images * runs),
			...(stored === null ? [] : [equal(`${name}: images stored whole`, stored, images * runs)]),
		]);
	return [
		...ours,
		...decoded.map(({ provider, stored }) =>
			equal(`${nameOf(provider)}, base64: images stored whole`, stored, runs),
		),
	];
}

export async function memorySection(
	lanes: Lanes,
	prepared: PreparedN8n | null,
	isShort: boolean,
): Promise<Section> {
	const amount = isShort ? short : long;
	const { images, imageBytes, runs } = amount;
	const results: Streamed[] = [];
	for (const contestant of contestants(lanes, prepared, laneFor(amount)))
		results.push(await streamed(contestant, amount));
	const decoded = await base64(lanes, imageBytes, runs);
	const inputs = await inputReads(lanes);
	const size = megabytes(imageBytes);
	return {
		title: 'Memory: images on their way to the store',
		text: [
			`${images} images of ${size}, ${CONCURRENCY} at a time, with n8n storing binary data on disk. How far the resident memory of the process rises above what it was before the run, at its highest (VmHWM). Each way has a process of its own, which has made ${CONCURRENCY} images before; the median of ${runs} runs, and each of them in their order.`,
			`Base64: one image of ${size} inside an answer, and by how many times the size of the image the process grows; each time a fresh one, the median of ${runs}.`,
		],
		tables: [
			{
				head: ['way', 'growth', 'of each run'],
				rows: results.map((result) => {
					const figure = megabytes(result.growth);
					return [
						result.name,
						result.isOurs ? marked(figure, result.growth <= AIM_BYTES) : figure,
						result.growths.map(megabytes).join(', '),
					];
				}),
			},
			{
				head: ['base64 answer of', 'growth, in sizes of the image'],
				rows: decoded.map(({ provider, growth }) => [
					nameOf(provider),
					marked(growth.toFixed(1), growth < AIM_COPIES),
				]),
			},
		],
		checks: [...checksOf(results, decoded, amount), ...inputs],
		aims: [
			...results
				.filter(({ isOurs }) => isOurs)
				.map(({ name, growth }) => ({
					name: `Memory, ${name}: at most ${megabytes(AIM_BYTES)} of growth`,
					met: growth <= AIM_BYTES,
					seen: megabytes(growth),
				})),
			...decoded.map(({ provider, growth }) => ({
				name: `Memory, base64 of ${nameOf(provider)}: less than the answer as bytes, text and value, and a whole copy of the image: ${AIM_COPIES.toFixed(1)} of its sizes`,
				met: growth < AIM_COPIES,
				seen: growth.toFixed(1),
				why: 'The text as it comes, in one piece and as the value in it are a third larger than the image each; the rest is what the collector has not taken back yet. The image itself is decoded in pieces.',
			})),
		],
	};
}
