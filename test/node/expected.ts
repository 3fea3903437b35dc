import type { INodeExecutionData } from 'n8n-workflow';

import type { EmulatedJob } from '../../tools/emulator';
import { readImage } from '../../tools/emulator/picture';
import type { NodeRun } from '../../tools/n8n-core/runNode';
import { reportsBinaryBytes } from '../../tools/n8n-core/versions';
import { jobOf, type NodeFixture, type TestedProvider } from './nodeFixture';

export const isoDate: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
export const anyNumber: unknown = expect.any(Number);
export const anyText: unknown = expect.any(String);

/** Facts of an item that do not follow from its job. */
export interface ItemFacts {
	itemIndex?: number;
	seed?: number | null;
	warnings?: unknown[];
	fileName?: string;
	binaryField?: string;
}

/** Status word of a finished job. */
const succeededWord: Record<TestedProvider, string> = {
	blackForestLabs: 'Ready',
	theRouter: 'succeeded',
	runpod: 'COMPLETED',
};

/** Returns the handle of an emulated job. */
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
	})[provider as TestedProvider];

/** Returns the job record that items and errors must show. */
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
	switch (provider as TestedProvider) {
		case 'blackForestLabs':
			return { cost: model === 'flux-kontext-max' ? 0.08 : 0.04, costSource: 'reported' };
		case 'theRouter':
			return { cost: 0.018, costSource: 'estimated' };
		case 'runpod':
			return { cost: Math.round(width * height * 0.03) / 1e6, costSource: 'reported' };
	}
}

/** Returns the complete item that a job must lead to, with the facts of the image's bytes. */
async function expectedItem(
	fixture: NodeFixture,
	run: NodeRun,
	item: INodeExecutionData | undefined,
	itemFacts: ItemFacts,
): Promise<unknown> {
	const { itemIndex = 0, warnings = [], binaryField = 'data' } = itemFacts;
	const job = jobOf(fixture.emulator, item);
	const { provider, id } = job;
	const bytes = await run.binary(item, binaryField);
	const facts = await readImage(bytes);
	if (!facts) throw new Error('The binary is not a complete image');
	expect(facts).toMatchObject({ width: job.width, height: job.height, format: job.format });
	const { width, height, mimeType } = facts;
	const extension = job.format === 'jpeg' ? 'jpg' : job.format;
	const fileName = itemFacts.fileName ?? `flux-kontext-${id}.${extension}`;
	const reportsTimes = provider === 'runpod';
	return {
		json: {
			job: jobRecord(fixture, job, 'succeeded', succeededWord[provider as TestedProvider]),
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
			seed: provider === 'blackForestLabs' ? job.seed : (itemFacts.seed ?? null),
			revisedPrompt: null,
			usage: {
				...costOf(job),
				currency: 'USD',
				queueMs: reportsTimes ? anyNumber : null,
				runMs: reportsTimes || provider === 'blackForestLabs' ? anyNumber : null,
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
				...(reportsBinaryBytes && { bytes: bytes.length }),
			},
		},
		pairedItem: { item: itemIndex },
	};
}

/** Expects a run to have succeeded with exactly these items, in this order. */
export async function expectImages(
	fixture: NodeFixture,
	run: NodeRun,
	itemFacts: readonly ItemFacts[],
): Promise<void> {
	expect(run.error).toBeNull();
	expect(run.status).toBe('success');
	expect(run.errorItems).toEqual([]);
	const expected = await Promise.all(
		itemFacts.map(async (facts, index) => await expectedItem(fixture, run, run.items[index], facts)),
	);
	expect(run.items).toStrictEqual(expected);
}
