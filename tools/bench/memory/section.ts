import { providers } from '../../../nodes/FluxKontext/providers';
import { CONCURRENCY, type PreparedN8n } from '../n8n/measured';
import type { BenchEmulatorOptions, BenchEmulators } from '../processes/benchEmulators';
import { equal, type Check, type Section, type Table, type Target } from '../support/section';
import { marked, megabytes } from '../support/statistics';
import { measureBase64, type Base64Result } from './base64';
import { memoryCandidates } from './candidates';
import { inputImageChecks } from './inputs';
import { measureStreaming, type StreamingResult, type Workload } from './streaming';

const shortWorkload: Workload = { images: 12, imageBytes: 2_000_000, runs: 1 };
const fullWorkload: Workload = { images: 40, imageBytes: 20_000_000, runs: 3 };

/** Long enough for the node to see each job while it is running. */
const JOB_MS = 500;

const emulatorOptions = ({ imageBytes }: Workload): BenchEmulatorOptions => ({
	durationsMs: [JOB_MS],
	imageBytes,
});

/** Options of the emulator that the credentials in the measured n8n point to. */
export const measuredEmulatorOptions = emulatorOptions(fullWorkload);

const TARGET_GROWTH_BYTES = 40_000_000;
/** Size of base64 relative to the bytes that it encodes. */
const BASE64_RATIO = 4 / 3;
/** The response as bytes, as text and as the parsed value, and one decoded copy of the image. */
const TARGET_BASE64_GROWTH = 3 * BASE64_RATIO + 1;

const displayNameOf = (id: string) => providers.find((provider) => provider.id === id)?.displayName ?? id;

function streamingTable(results: readonly StreamingResult[]): Table {
	return {
		head: ['candidate', 'growth', 'growth of each run'],
		rows: results.map(({ name, isThisNode, growth, growths }) => [
			name,
			isThisNode ? marked(megabytes(growth), growth <= TARGET_GROWTH_BYTES) : megabytes(growth),
			growths.map(megabytes).join(', '),
		]),
	};
}

function base64Table(results: readonly Base64Result[]): Table {
	return {
		head: ['base64 response of', 'growth, as a multiple of the image size'],
		rows: results.map(({ provider, growth }) => [
			displayNameOf(provider),
			marked(growth.toFixed(1), growth < TARGET_BASE64_GROWTH),
		]),
	};
}

function streamingChecks({ name, downloads, stored }: StreamingResult, expected: number): Check[] {
	return [
		equal(`${name}: downloads of ${expected} images`, downloads, expected),
		...(stored === null ? [] : [equal(`${name}: complete images in the store`, stored, expected)]),
	];
}

const base64Check = ({ provider, stored }: Base64Result, expected: number): Check =>
	equal(`${displayNameOf(provider)}, base64: complete images in the store`, stored, expected);

const streamingTarget = ({ name, growth }: StreamingResult): Target => ({
	name: `Memory, ${name}: growth of at most ${megabytes(TARGET_GROWTH_BYTES)}`,
	met: growth <= TARGET_GROWTH_BYTES,
	measured: megabytes(growth),
});

const base64Target = ({ provider, growth }: Base64Result): Target => ({
	name:
		`Memory, base64 of ${displayNameOf(provider)}: less than ${TARGET_BASE64_GROWTH.toFixed(1)} times ` +
		'the image size, which is the response as bytes, text and value, and one copy of the image',
	met: growth < TARGET_BASE64_GROWTH,
	measured: growth.toFixed(1),
	reason:
		'The received bytes, the complete text and the parsed value are each a third larger than the ' +
		'image; the rest is memory that has not been garbage-collected yet. The image itself is decoded in ' +
		'chunks.',
});

/** Measures the memory that images need on their way to n8n's store. */
export async function memorySection(
	emulators: BenchEmulators,
	n8n: PreparedN8n | null,
	isShort: boolean,
): Promise<Section> {
	const workload = isShort ? shortWorkload : fullWorkload;
	const { images, imageBytes, runs } = workload;
	const streaming: StreamingResult[] = [];
	for (const candidate of memoryCandidates(emulators, n8n, emulatorOptions(workload)))
		streaming.push(await measureStreaming(candidate, workload));
	const base64 = await measureBase64(emulators, imageBytes, runs);
	const inputChecks = await inputImageChecks(emulators);
	const thisNode = streaming.filter(({ isThisNode }) => isThisNode);
	const size = megabytes(imageBytes);
	return {
		title: 'Memory: images on their way to the store',
		text: [
			`${images} images of ${size}, ${CONCURRENCY} at a time, with n8n storing binary data on disk. ` +
				'Growth is the peak of the resident memory of the process (VmHWM) above its value before ' +
				'the run. Each candidate has its own process, which generated ' +
				`${CONCURRENCY} images before. The growth is the median of ${runs} runs; the last column ` +
				'lists the runs in order.',
			`Base64: growth of the process for one image of ${size} inside a response, as a multiple of ` +
				`the image size. Median of ${runs} fresh processes.`,
		],
		tables: [streamingTable(streaming), base64Table(base64)],
		checks: [
			...thisNode.flatMap((result) => streamingChecks(result, images * runs)),
			...base64.map((result) => base64Check(result, runs)),
			...inputChecks,
		],
		targets: [...thisNode.map(streamingTarget), ...base64.map(base64Target)],
	};
}
