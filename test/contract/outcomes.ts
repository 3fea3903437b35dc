import sharp from 'sharp';

import type { DeliveredImage, Fault, ModelSpec, Operation, OperationSpec, Provider } from '../../index';
import type { ContractOutcome } from './contractFixture';

/** MIME types by output format. */
export const mimeTypes: Record<string, string> = {
	png: 'image/png',
	jpeg: 'image/jpeg',
	webp: 'image/webp',
	gif: 'image/gif',
	avif: 'image/avif',
};

/** Returns the first image of a run and checks its facts against the decoded bytes. Rejects without one. */
export async function imageOf({ outcome }: ContractOutcome): Promise<DeliveredImage<Buffer>> {
	const { result } = outcome;
	if (!result.ok) throw new Error(result.fault.message);
	const [image] = result.value.images;
	if (!image) throw new Error('There is no image');
	const { format, compression, width, height } = await sharp(image.value, {
		failOn: 'truncated',
	}).metadata();
	expect(image.info).toMatchObject({
		mimeType: `image/${format === 'heif' && compression === 'av1' ? 'avif' : format}`,
		width,
		height,
	});
	expect(image.bytes).toBe(image.value.length);
	return image;
}

/** Returns the fault of a run; `null` if it succeeded. */
export function faultOf({ outcome }: ContractOutcome): Fault | null {
	return outcome.result.ok ? null : outcome.result.fault;
}

/** Operation of a model. */
export interface ModelOperation {
	model: ModelSpec;
	operation: Operation;
	spec: OperationSpec;
}

/** Lists every operation of every model of a provider. */
export const modelOperations = ({ models }: Provider): ModelOperation[] =>
	models.flatMap((model) =>
		(Object.entries(model.operations) as Array<[Operation, OperationSpec]>).map(([operation, spec]) => ({
			model,
			operation,
			spec,
		})),
	);
