import { isObject, type JsonObject } from '../base/json';
import type { OperationSpec } from './model';

/**
 * Names under which image APIs take what a price depends on. Written in lower case without separators, as
 * `canonical` returns them. The contract suite holds every field of that kind that a provider sends to this
 * list.
 */
const priceFields: ReadonlySet<string> = new Set(
	[
		'model models modelid modelname fallbackmodels version variant deployment',
		'n numimages numberofimages numoutputs numberresults imagecount maximages numimagesperprompt',
		'batch batchsize batchcount numsamples samplecount numframes',
		'width height size imagesize outputsize resolution resolutionmode imageresolution aspectratio ratio',
		'megapixels outputmegapixels upscale upscalefactor hires enablehr hrscale',
		'top bottom left right expandtop expandbottom expandleft expandright',
	].flatMap((names) => names.split(' ')),
);

/** Returns a field's name without case and separators: APIs differ in `aspect_ratio` and `aspectRatio`. */
const canonical = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const lastSegment = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

/**
 * Returns the path of an additional field that changes the model, the size or the number of images, at any
 * depth; `null` where there is none.
 */
export function findPriceField(additionalFields: JsonObject, { options }: OperationSpec): string | null {
	const countField = options.numberOfImages?.field;
	const own = countField === undefined ? null : canonical(lastSegment(countField));
	const found: Array<{ path: string; value: unknown }> = [{ path: '', value: additionalFields }];
	// A list that grows instead of recursion, because the depth is the user's.
	for (const { path, value } of found) {
		if (!isObject(value) && !Array.isArray(value)) continue;
		for (const [key, inner] of Object.entries(value)) {
			const innerPath = path === '' ? key : `${path}.${key}`;
			const name = canonical(key);
			if (isObject(value) && (name === own || priceFields.has(name))) return innerPath;
			found.push({ path: innerPath, value: inner });
		}
	}
	return null;
}
