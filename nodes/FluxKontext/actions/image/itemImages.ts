import type { IExecuteFunctions } from 'n8n-workflow';

import { succeed, type Result } from '../../core/base/faults';
import { isPrivateAddress } from '../../core/http/networkAddress';
import type { InputImage, Warning } from '../../core/request/imageRequest';
import type { Plan } from '../../core/request/plan';
import { needsInputSize, prepare, type Prepared } from '../../core/request/prepare';
import { readInputImage, type ImageReader } from '../../transport/inputImages';
import type { ProviderConnection } from '../connection';
import type { Settings } from './settings';

/** Planned item whose input images have not been read. */
export interface ItemPlan {
	itemIndex: number;
	settings: Settings;
	connection: ProviderConnection;
	plan: Plan;
}

/** Reads the input images of an item and completes its plan with them. Never rejects. */
async function readAndPrepare(
	context: IExecuteFunctions,
	{ itemIndex, settings, connection, plan }: ItemPlan,
	signal: AbortSignal,
): Promise<Result<Prepared>> {
	const { ports, engine } = connection;
	const messages: string[] = [];
	const reader: ImageReader = {
		context,
		itemIndex,
		ports,
		limits: engine.limits,
		signal,
		deadline: ports.now() + settings.timeoutMs,
		isLocalProvider: isPrivateAddress(connection.baseUrl),
		warn: (message) => void messages.push(message),
	};
	const images: InputImage[] = [];
	for (const [index, entry] of settings.imageEntries.entries()) {
		const needsSize = index === 0 && needsInputSize(plan);
		const image = await readInputImage(reader, entry, index + 1, plan.spec.inputImages, needsSize);
		if (!image.ok) return image;
		images.push(image.value);
	}
	const prepared = prepare(plan, images);
	if (!prepared.ok) return prepared;
	const warnings = messages.map((message): Warning => ({
		option: 'inputImages',
		type: 'adapted',
		message,
	}));
	return succeed({ ...prepared.value, warnings: [...prepared.value.warnings, ...warnings] });
}

/** Requests of an item. Its input images are held in memory until they are released. */
export interface ItemRequests {
	/** Returns the requests; reads the input images if they are not held. Never rejects. */
	prepared: (signal: AbortSignal) => Promise<Result<Prepared>>;
	/**
	 * Releases the input images of an item whose jobs have not begun; they are read again when the first one
	 * does. What prevented the reading is kept, so that the item fails as it was told. Never rejects.
	 */
	release: () => Promise<void>;
	/** Must be called once at the end of each job. */
	jobEnded: () => void;
}

/** Creates the requests of an item, without reading anything yet. */
export function createItemRequests(context: IExecuteFunctions, item: ItemPlan): ItemRequests {
	let reading: Promise<Result<Prepared>> | null = null;
	let remainingJobs = item.plan.batches.length;
	return {
		prepared: async (signal) => await (reading ??= readAndPrepare(context, item, signal)),
		release: async () => {
			if ((await reading)?.ok) reading = null;
		},
		jobEnded: () => {
			remainingJobs -= 1;
			if (remainingJobs === 0) reading = Promise.resolve(succeed({ requests: [], warnings: [] }));
		},
	};
}
