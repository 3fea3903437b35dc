import type { BenchEmulators } from '../processes/benchEmulators';
import { equal, type Check, type Section, type Table, type Target } from '../support/section';
import { marked } from '../support/statistics';
import { CONCURRENCY, JOB_MS, measureSizes, type ProviderCase, type Sample } from './measure';

const cases: ProviderCase[] = [
	{ name: 'SiliconFlow (synchronous)', provider: 'siliconFlow' },
	{ name: 'Black Forest Labs (polled)', provider: 'blackForestLabs' },
];
const SHORT_SIZES = [10, 50];
const FULL_SIZES = [10, 100, 1_000];
/** Largest growth that counts as constant: repeated measurements of the same thing differ by this much. */
const CONSTANT_RATIO = 1.2;

const metrics = ['timePerImage', 'cpuPerImage', 'heapPerImage'] as const;
type Metric = (typeof metrics)[number];
const metricNames: Readonly<Record<Metric, string>> = {
	timePerImage: 'time per image',
	cpuPerImage: 'processor time per image',
	heapPerImage: 'memory per image',
};

/** Returns the ratio of the last sample's value to the first one's. */
const ratioOf = (samples: readonly Sample[], metric: Metric): number =>
	(samples.at(-1)?.[metric] ?? NaN) / (samples[0]?.[metric] ?? NaN);
const isConstant = (samples: readonly Sample[], metric: Metric) =>
	(samples.at(-1)?.[metric] ?? NaN) <= (samples[0]?.[metric] ?? NaN) * CONSTANT_RATIO;
const nameOf = (samples: readonly Sample[]) => samples[0]?.providerCase.name ?? '';

function toTable(samples: readonly Sample[]): Table {
	return {
		head: [nameOf(samples), ...metrics.map((metric) => metricNames[metric]), 'requests per image'],
		rows: samples.map((sample, index) => {
			const isLast = index === samples.length - 1;
			const cell = (text: string, metric: Metric) =>
				isLast ? marked(text, isConstant(samples, metric)) : text;
			return [
				`${sample.items} items`,
				cell(`${sample.timePerImage.toFixed(0)} ms`, 'timePerImage'),
				cell(`${sample.cpuPerImage.toFixed(1)} ms`, 'cpuPerImage'),
				cell(`${(sample.heapPerImage / 1000).toFixed(1)} kB`, 'heapPerImage'),
				(sample.requests / sample.items).toFixed(1),
			];
		}),
	};
}

function toChecks({ providerCase: { name }, items, images, stored, charged }: Sample): Check[] {
	return [
		equal(`${name}, ${items} items: jobs charged`, charged, items),
		equal(`${name}, ${items} items: images`, images, items),
		equal(`${name}, ${items} items: complete images in the store`, stored, items),
	];
}

function toTarget(samples: readonly Sample[], metric: Metric): Target {
	const [first, last] = [samples[0]?.items ?? 0, samples.at(-1)?.items ?? 0];
	return {
		name: `Scaling, ${nameOf(samples)}: constant ${metricNames[metric]} from ${first} to ${last} items`,
		met: isConstant(samples, metric),
		measured: `${ratioOf(samples, metric).toFixed(2)} times`,
	};
}

/** Measures whether the cost per image stays constant as the number of items grows. */
export async function scalingSection(emulators: BenchEmulators, isShort: boolean): Promise<Section> {
	const sizes = isShort ? SHORT_SIZES : FULL_SIZES;
	const groups: Sample[][] = [];
	for (const providerCase of cases) groups.push(await measureSizes(providerCase, sizes, emulators));
	return {
		title: 'Scaling: cost per image as the number of items grows',
		text: [
			`Jobs of ${JOB_MS} ms, ${CONCURRENCY} at a time. Time per image is the time that a slot is ` +
				'occupied, beyond the duration of the job. Memory per image is the heap that the finished ' +
				`items hold. ✓ in the last row: at most ${CONSTANT_RATIO} times the value of the first row.`,
		],
		tables: groups.map(toTable),
		checks: groups.flat().flatMap(toChecks),
		targets: groups.flatMap((samples) => metrics.map((metric) => toTarget(samples, metric))),
	};
}
