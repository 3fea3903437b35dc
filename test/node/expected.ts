import type { INodeExecutionData } from 'n8n-workflow';

import type { EmulatedJob } from '../../tools/emulator';
import { readImage } from '../../tools/emulator/picture';
import { jobOf, type NodeFixture, type BenchProvider } from './nodeFixture';
import type { NodeRun } from '../../tools/n8n-core/runNode';
import { tellsBytes } from '../../tools/n8n-core/versions';

export const isoDate: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
export const anyNumber: unknown = expect.any(Number);
export const anyText: unknown = expect.any(String);

/** What an item says that does not follow from its job. */
export interface Particulars {
	itemIndex?: number;
	seed?: number | null;
	warnings?: unknown[];
	fileName?: string;
	binaryField?: string;
}

const doneWord: Record<BenchProvider, string> = {
	blackForestLabs: 'Ready',
	theRouter: 'succeeded',
	runpod: 'COMPLETED',
};

export const handleOf = (
	{ emulator }: NodeFixture,
	{ provider, id, model }: EmulatedJob,
): Record<string, unknown> =>
	({
		blackForestLabs: {
			id,
			pollingUrl: `${emulator.origin}/blackForestLabs/v1/get_result?id=${id}`,
			credits: model === 'flux-kontext-max' ? 8 : 4,
		},
		theRouter: { id },
		runpod: { id, endpoint: model },
	})[provider as BenchProvider];

/** The job as items and errors show it. */
export const jobRecord = (
	fixture: NodeFixture,
	job: EmulatedJob,
	status: string,
	providerStatus: string,
): Record<string, unknown> => {
	const { provider, model, id } = job;
	return {
		provider,
		model,
		id,
		status,
		providerStatus,
		submittedAt: isoDate,
		handle: handleOf(fixture, job),
	};
};

function costOf({ provider, model, width, height }: EmulatedJob): { cost: number; costSource: string } {
	switch (provider as BenchProvider) {
		case 'blackForestLabs':
			return { cost: model === 'flux-kontext-max' ? 0.08 : 0.04, costSource: 'reported' };
		case 'theRouter':
			return { cost: 0.018, costSource: 'estimated' };
		case 'runpod':
			return { cost: Math.round(width * height * 0.03) / 1e6, costSource: 'reported' };
	}
}

/** The whole item that CONTRACT.md promises for this job, with what the image's bytes say about it. */
async function itemOf(
	fixture: NodeFixture,
	run: NodeRun,
	item: INodeExecutionData | undefined,
	particulars: Particulars,
): Promise<unknown> {
	const { itemIndex = 0, warnings = [], binaryField = 'data' } = particulars;
	const job = jobOf(fixture.emulator, item);
	const { provider, id } = job;
	const bytes = await run.binary(item, binaryField);
	const facts = await readImage(bytes);
	if (!facts) throw new Error('The binary is not a whole image');
	expect(facts).toMatchObject({ width: job.width, height: job.height, format: job.format });
	const { width, height, mimeType } = facts;
	const extension = job.format === 'jpeg' ? 'jpg' : job.format;
	const fileName = particulars.fileName ?? `flux-kontext-${id}.${extension}`;
	const timed = provider === 'runpod';
	return {
		json: {
			job: jobRecord(fixture, job, 'succeeded', doneWord[provider as BenchProvider]),
			image: {
				index: 0,
				width,
				height,
				mimeType,
				fileName,
				fileSize: bytes.length,
				url: expect.stringContaining(
					`${fixture.emulator.filesOrigin}/${provider}/${id}/0.${job.format}?`,
				) as unknown,
				urlExpiresAt: isoDate,
			},
			seed: provider === 'blackForestLabs' ? job.seed : (particulars.seed ?? null),
			revisedPrompt: null,
			usage: {
				...costOf(job),
				currency: 'USD',
				queueMs: timed ? anyNumber : null,
				runMs: timed || provider === 'blackForestLabs' ? anyNumber : null,
				totalMs: anyNumber,
				polls: anyNumber,
			},
			warnings,
		},
		binary: {
			[binaryField]: {
				data: 'filesystem-v2',
				id: anyText,
				mimeType,
				fileType: 'image',
				fileExtension: extension,
				fileName,
				fileSize: anyText,
				...(tellsBytes && { bytes: bytes.length }),
			},
		},
		pairedItem: { item: itemIndex },
	};
}

/** The run succeeded, and its items are exactly these, in this order. */
export async function expectImages(
	fixture: NodeFixture,
	run: NodeRun,
	particulars: readonly Particulars[],
): Promise<void> {
	expect(run.error).toBeNull();
	expect(run.status).toBe('success');
	expect(run.errorItems).toEqual([]);
	const wanted = await Promise.all(
		particulars.map(async (each, index) => await itemOf(fixture, run, run.items[index], each)),
	);
	expect(run.items).toStrictEqual(wanted);
}
