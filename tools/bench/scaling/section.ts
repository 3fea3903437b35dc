import { ofLength, type Lanes } from '../processes/lanes';
import { startNode, type NodeResult } from '../processes/nodes';
import { marked } from '../support/figures';
import { equal, type Section } from '../support/section';

interface Way {
	name: string;
	provider: string;
}

interface Row extends NodeResult {
	way: Way;
	items: number;
	requests: number;
	billed: number;
	/** Milliseconds. */
	perImage: number;
	cpuPerImage: number;
	/** Bytes. */
	heapPerImage: number;
}

const CONCURRENCY = 10;
const ways: Way[] = [
	{ name: 'SiliconFlow (answers at once)', provider: 'siliconFlow' },
	{ name: 'Black Forest Labs (polled)', provider: 'blackForestLabs' },
];
const JOB_MS = 20;
/** Measured figures of the same thing differ by this much. */
const FLAT = 1.2;

async function measure(way: Way, sizes: readonly number[], lanes: Lanes): Promise<Row[]> {
	const { provider } = way;
	const lane = await lanes.open(ofLength(JOB_MS));
	const node = await startNode();
	const rows: Row[] = [];
	try {
		await node.run(lane, { provider, items: 50, concurrency: CONCURRENCY });
		for (const items of sizes) {
			await lane.take();
			const result = await node.run(lane, { provider, items, concurrency: CONCURRENCY });
			const { jobs, requests } = await lane.take();
			const { wallMs, cpuMs, heapBytes } = result;
			const rounds = Math.ceil(items / CONCURRENCY);
			rows.push({
				...result,
				way,
				items,
				requests: requests.length,
				billed: jobs.length,
				perImage: wallMs / rounds - JOB_MS,
				cpuPerImage: cpuMs / items,
				heapPerImage: heapBytes / items,
			});
		}
	} finally {
		await node.stop();
	}
	return rows;
}

export async function scalingSection(lanes: Lanes, isShort: boolean): Promise<Section> {
	const sizes = isShort ? [10, 50] : [10, 100, 1_000];
	const groups: Row[][] = [];
	for (const way of ways) groups.push(await measure(way, sizes, lanes));
	const figures = ['perImage', 'cpuPerImage', 'heapPerImage'] as const;
	const isFlat = (group: readonly Row[], figure: (typeof figures)[number]) =>
		(group.at(-1)?.[figure] ?? NaN) <= (group[0]?.[figure] ?? NaN) * FLAT;
	const names = { perImage: 'time', cpuPerImage: 'processor time', heapPerImage: 'memory' };
	return {
		title: 'Cost as the work grows',
		text: [
			`Jobs that take ${JOB_MS} ms, ${CONCURRENCY} at a time. Time per image is what a place among the jobs at work is taken for, above the time of the job itself; memory per image is what the finished items hold on the heap. ✓ in the last row: at most ${FLAT} times the figure of the first row.`,
		],
		tables: groups.map((group) => ({
			head: [
				group[0]?.way.name ?? '',
				'time per image',
				'processor time per image',
				'memory per image',
				'requests per image',
			],
			rows: group.map((row, index) => {
				const mark = (text: string, figure: (typeof figures)[number]) =>
					index === group.length - 1 ? marked(text, isFlat(group, figure)) : text;
				return [
					`${row.items} items`,
					mark(`${row.perImage.toFixed(0)} ms`, 'perImage'),
					mark(`${row.cpuPerImage.toFixed(1)} ms`, 'cpuPerImage'),
					mark(`${(row.heapPerImage / 1000).toFixed(1)} kB`, 'heapPerImage'),
					(row.requests / row.items).toFixed(1),
				];
			}),
		})),
		checks: groups
			.flat()
			.flatMap(({ way: { name }, items, images, stored, billed }) => [
				equal(`${name}, ${items} items: jobs billed`, billed, items),
				equal(`${name}, ${items} items: images`, images, items),
				equal(`${name}, ${items} items: images stored whole`, stored, items),
			]),
		aims: groups.flatMap((group) =>
			figures.map((figure) => ({
				name: `Cost, ${group[0]?.way.name ?? ''}: ${names[figure]} per image stays flat from ${sizes[0] ?? 0} to ${sizes.at(-1) ?? 0} items`,
				met: isFlat(group, figure),
				seen: `${((group.at(-1)?.[figure] ?? NaN) / (group[0]?.[figure] ?? NaN)).toFixed(2)} times`,
			})),
		),
	};
}
