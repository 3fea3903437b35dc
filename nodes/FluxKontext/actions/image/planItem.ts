import type { IExecuteFunctions } from 'n8n-workflow';

import { fault, succeed, type Fault, type Result } from '../../core/base/faults';
import { redactFault } from '../../core/base/redact';
import { needsInputSize, plan, prepare, type Plan, type Prepared } from '../../core/request/prepare';
import type { InputImage, Operation, Provider } from '../../core/provider';
import type { Failure } from '../items/error';
import { readInputImage } from '../../transport/inputImages';
import { isTool } from '../../transport/nodeContext';
import type { ProviderConnection } from '../connection';
import { providerIdOf } from '../settings';
import { readSettings, type Settings } from './settings';

/** An item whose parameters are in order. */
export interface PlannedItem {
	itemIndex: number;
	settings: Settings;
	connection: ProviderConnection;
	plan: Plan;
	/** The jobs of the item, with its input images, which are read when the first of them begins … */
	prepared: (signal: AbortSignal) => Promise<Result<Prepared>>;
	/** … and let go of when the last of them has ended. */
	jobEnded: () => void;
}

export type Planned = { item: PlannedItem } | { failure: Failure };

async function readImages(
	context: IExecuteFunctions,
	{
		itemIndex,
		settings,
		connection,
		planned,
	}: { itemIndex: number; settings: Settings; connection: ProviderConnection; planned: Plan },
	signal: AbortSignal,
): Promise<Result<Prepared>> {
	const reader = { context, itemIndex, ports: connection.ports, signal };
	const images: InputImage[] = [];
	for (const [index, entry] of settings.imageEntries.entries()) {
		const measured = index === 0 && needsInputSize(planned);
		const image = await readInputImage(reader, entry, index + 1, planned.spec.inputImages, measured);
		if (!image.ok) return image;
		images.push(image.value);
	}
	return prepare(planned, images);
}

/** Why an execution cannot be put to sleep for this provider. */
function cannotSleep(context: IExecuteFunctions, { displayName, callback }: Provider): Fault | null {
	const description = "Choose 'Wait for Image' or 'Submit Only'.";
	if (!callback)
		return fault(
			'invalidRequest',
			`'Completion' cannot be Suspend: ${displayName} does not call back when an image is done`,
			{ description },
		);
	// An agent waits for the answer of its tool.
	return isTool(context)
		? fault('invalidRequest', "'Completion' cannot be Suspend where an agent uses the node as a tool", {
				description,
			})
		: null;
}

/** Checks all that can be checked of an item before anything is read or sent. */
export async function planItem(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
	connectionOf: (provider: Provider) => Promise<Result<ProviderConnection>>,
): Promise<Planned> {
	const refuse = (fault: Fault, provider: string): Planned => ({
		failure: { itemIndex, provider, fault: redactFault(fault, []), job: null },
	});
	const settings = readSettings(context, itemIndex, operation);
	if (!settings.ok) return refuse(settings.fault, providerIdOf(context, itemIndex));
	const { provider, request, imageEntries } = settings.value;
	const asleep = settings.value.completion === 'suspend' ? cannotSleep(context, provider) : null;
	if (asleep) return refuse(asleep, provider.id);
	const planned = plan(provider, request, imageEntries.length);
	if (!planned.ok) return refuse(planned.fault, provider.id);
	const connection = await connectionOf(provider);
	if (!connection.ok) return refuse(connection.fault, provider.id);

	let reading: Promise<Result<Prepared>> | null = null;
	let remaining = planned.value.batches.length;
	const parts = {
		itemIndex,
		settings: settings.value,
		connection: connection.value,
		planned: planned.value,
	};
	return {
		item: {
			...parts,
			plan: planned.value,
			prepared: async (signal) => await (reading ??= readImages(context, parts, signal)),
			jobEnded: () => {
				remaining -= 1;
				if (remaining === 0) reading = Promise.resolve(succeed({ requests: [], warnings: [] }));
			},
		},
	};
}
