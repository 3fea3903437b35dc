import type { MeasuredN8n } from '../n8n/measured';
import type { Lanes } from '../processes/lanes';
import { marked, median, percentile, seconds, sum } from '../support/figures';
import { below, equal, type Aim, type Check, type Section, type Table } from '../support/section';
import type { Wave } from './measure';
import type { Interval } from './contestants';
import { race, type Distance, type Result } from './race';

const short: Distance[] = [
	{ lengthMs: 1_000, samples: 6, waves: 2, atOnce: 4 },
	{ lengthMs: 3_000, samples: 6, waves: 2, atOnce: 4 },
];
const long: Distance[] = [
	{ lengthMs: 1_000, samples: 10, waves: 3, atOnce: 2 },
	{ lengthMs: 3_000, samples: 10, waves: 3, atOnce: 3 },
	{ lengthMs: 8_000, samples: 8, waves: 2, atOnce: 5 },
	{ lengthMs: 30_000, samples: 8, waves: 2, atOnce: Infinity },
	{ lengthMs: 120_000, samples: 6, waves: 2, atOnce: Infinity },
];

const LAG_SHARE = 0.05;
const SHORT_JOB_LAG_MS = 300;

/** A line of the tables: the waves of one contestant at each length. */
interface Line {
	name: string;
	node: Result['contestant']['node'];
	cells: Wave[][];
}

/** The node's first run knows nothing of the model; its later ones do. */
function linesOf(results: readonly Result[][]): Line[] {
	const [first = []] = results;
	return first.flatMap(({ contestant: { name, node } }): Line[] => {
		const all = results.map(
			(list) => list.find(({ contestant }) => contestant.name === name)?.waves ?? [],
		);
		if (!node) return [{ name, node, cells: all }];
		return [
			{ name: `${name}, first run`, node, cells: all.map((waves) => waves.slice(0, 1)) },
			{ name: `${name}, later runs`, node, cells: all.map((waves) => waves.slice(1)) },
		];
	});
}

const observedIn = (waves: readonly Wave[]) => waves.flatMap(({ observed }) => observed);
const lagsOf = (waves: readonly Wave[]) =>
	observedIn(waves).flatMap(({ lagMs }) => (lagMs === null ? [] : [lagMs]));
const perJob = (waves: readonly Wave[]) =>
	sum(waves.map(({ requests }) => requests)) / observedIn(waves).length;

const halfSecondPerJob = (waves: readonly Wave[]) =>
	sum(waves.map(({ halfSecondRequests }) => halfSecondRequests)) / observedIn(waves).length;

const aimFor = (lengthMs: number, recommended: Interval | null) =>
	recommended ? recommended(lengthMs) / 2 : Math.max(SHORT_JOB_LAG_MS, lengthMs * LAG_SHARE);

type Judge = (line: Line, waves: Wave[], index: number) => string;

function tableOf(what: string, lines: readonly Line[], distances: readonly Distance[], judge: Judge): Table {
	const head = [what, ...distances.map(({ lengthMs }) => `${lengthMs / 1000} s`)];
	const cell = (line: Line, waves: Wave[], index: number) =>
		lagsOf(waves).length < observedIn(waves).length ? 'no image' : judge(line, waves, index);
	return {
		head,
		rows: lines.map((line) => [line.name, ...line.cells.map((waves, index) => cell(line, waves, index))]),
	};
}

function checksOf(results: readonly Result[][], distances: readonly Distance[]): Check[] {
	return distances.flatMap(({ lengthMs, samples, waves: runs }, index) => {
		const list = results[index] ?? [];
		return list.flatMap(({ contestant: { name, node }, waves }) => {
			if (!node) return [];
			const [asked, at] = [samples * runs, `${name}, jobs of ${lengthMs / 1000} s`];
			const downloads = observedIn(waves).map((each) => each.downloads);
			return [
				equal(`${at}: jobs billed for ${asked} images`, observedIn(waves).length, asked),
				equal(`${at}: submits`, sum(waves.map(({ submits }) => submits)), asked),
				equal(`${at}: downloads`, sum(downloads), node.inline ? 0 : asked),
				below(
					`${at}: requests per job, against a poll every half second`,
					perJob(waves),
					halfSecondPerJob(waves),
				),
			];
		});
	});
}

function aimsOf(lines: readonly Line[], distances: readonly Distance[]): Aim[] {
	return lines.flatMap(({ name, node, cells }) => {
		if (!node) return [];
		const missed = distances.filter(
			({ lengthMs }, index) =>
				!(median(lagsOf(cells[index] ?? [])) <= aimFor(lengthMs, node.recommended)),
		);
		const wanted = node.recommended
			? 'at most half of the recommended interval'
			: 'at most 5 % of the job, or 0.3 s';
		const seen =
			missed.length === 0
				? 'at every length'
				: `not for jobs of ${missed.map(({ lengthMs }) => `${lengthMs / 1000} s`).join(', ')}`;
		const why = missed.length > 0 ? reasonOf(name, missed, node) : undefined;
		return [
			{
				name: `Median lag of ${name}: ${wanted}`,
				met: missed.length === 0,
				seen,
				...(why !== undefined && { why }),
			},
		];
	});
}

/** Why an aim is not met, where there is a reason besides chance. */
function reasonOf(
	name: string,
	missed: readonly Distance[],
	{ recommended }: NonNullable<Line['node']>,
): string {
	if (recommended && missed.every(({ lengthMs }) => lengthMs < recommended(lengthMs)))
		return 'Such a job is over before the provider wants to be asked for it.';
	if (recommended)
		return 'A poll at the recommended interval comes to half of it, and to the time of a request above that; a job that ends just behind a look waits for a whole one.';
	return name.endsWith('first run')
		? 'Nothing is known of the model yet, so it is asked for at the pace of the official clients, and the time of a request comes on top.'
		: 'What earlier jobs took varies by 15 %, and a look that comes just before the end costs a pause of 0.3 s or more.';
}

export async function lagSection(lanes: Lanes, n8n: MeasuredN8n | null, isShort: boolean): Promise<Section> {
	const distances = isShort ? short : long;
	const results = await race(distances, lanes, n8n);
	const lines = linesOf(results);
	const lag: Judge = ({ node }, waves, index) => {
		const figure = median(lagsOf(waves));
		return node
			? marked(seconds(figure), figure <= aimFor(distances[index]?.lengthMs ?? 0, node.recommended))
			: seconds(figure);
	};
	const requests: Judge = ({ node }, waves) => {
		const figure = perJob(waves);
		return node ? marked(figure.toFixed(1), figure < halfSecondPerJob(waves)) : figure.toFixed(1);
	};
	return {
		title: 'Lag: how long a finished image waits to be noticed',
		text: [
			'From the moment the provider has finished a job to the start of the download, by the clock of the emulator. Jobs last 1, 3, 8, 30 and 120 s, spread by 15 % (at most 2.5 s) to either side. ✓ is within the aim: at most 5 % of the time of the job (0.3 s for the short ones), or half of the interval that the provider recommends (Runpod 2 s; TheRouter and Vtrix 5 s; AI Generate 2.5 s, and 7.5 s for a job of 120 s). In the first run of a process the node knows nothing of the model; the later runs are those behind it.',
			'The official clients wait as they do by themselves, without any setting. `run` of replicate takes a job that lasts longer than its one minute of `Prefer: wait` for done, and comes back without an image.',
		],
		tables: [
			tableOf('median lag', lines, distances, lag),
			tableOf('lag, 90th percentile', lines, distances, (_, waves) =>
				seconds(percentile(lagsOf(waves), 0.9)),
			),
			tableOf('requests per job (✓: fewer than a poll every half second)', lines, distances, requests),
		],
		checks: checksOf(results, distances),
		aims: aimsOf(lines, distances),
	};
}
