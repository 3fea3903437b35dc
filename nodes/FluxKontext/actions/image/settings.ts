import type { IBinaryData, IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Result } from '../../core/base/faults';
import { isObject, parseJson, textOf, type JsonObject } from '../../core/base/json';
import { checkOptions, numberComplaint, show } from '../../core/request/options';
import { defaultModel } from '../../core/request/prepare';
import { isWebUrl } from '../../core/http/trust';
import { isSupportedRatio, parseRatio, type Resolution, type Sizing } from '../../core/request/sizes';
import type { ImageRequest, Operation, Provider } from '../../core/provider';
import { providers } from '../../providers';
import type { ImageEntry } from '../../transport/inputImages';
import { evaluated, readNodeSettings, readOptions, readProvider, type NodeSettings } from '../settings';

export type Completion = 'wait' | 'suspend' | 'submit';

/** What the parameters of one item say, checked as far as no model and no image is needed for it. */
export interface Settings extends NodeSettings {
	provider: Provider;
	request: ImageRequest;
	imageEntries: readonly ImageEntry[];
	completion: Completion;
	/** Where the provider reports the end of a submitted job to. */
	callbackUrl: string | null;
}

const complain = (text: string) => fail('invalidRequest', text);

/** The longest side that any of the providers knows. */
const MAX_SIDE = 14_142;

const resolutions: readonly Resolution[] = ['auto', '1K', '2K', '4K'];
const completions: readonly Completion[] = ['wait', 'suspend', 'submit'];
const sources: readonly string[] = ['binary', 'url', 'base64'];

/**
 * The model's id; empty means the provider's default. A choice from the list of another provider is what a switch of
 * providers leaves behind: running it elsewhere could not work, and running another model could cost more than was
 * meant. An id that was typed is taken as it is.
 */
function readModel(value: unknown, provider: Provider, operation: Operation): Result<string> {
	// The locator itself: n8n's `extractValue` throws where the parameter is not shown, as after a switch of providers.
	const id = textOf(isObject(value) ? value['value'] : value).trim();
	if (id === '') return succeed(defaultModel(provider, operation)?.id ?? '');
	const knows = (candidate: Provider) => candidate.models.some((model) => model.id === id);
	const fromList = isObject(value) && value['mode'] === 'list';
	const owners =
		fromList && !knows(provider) ? providers.filter(knows).map(({ displayName }) => displayName) : [];
	const own = provider.models.map((model) => model.id).join(', ');
	return owners.length > 0
		? complain(`'Model' ${id} is one of ${owners.join(', ')}; models of ${provider.displayName}: ${own}`)
		: succeed(id);
}

function readSizing(parameter: (name: string, fallback: unknown) => unknown): Result<Sizing> {
	const kind = parameter('sizing', 'auto');
	if (kind === 'auto') return succeed({ kind });
	if (kind === 'aspectRatio') {
		const text = parameter('aspectRatio', '1:1');
		const ratio = parseRatio(textOf(text));
		if (!ratio) return complain(`'Aspect Ratio' must be two numbers such as 16:9, but is ${show(text)}`);
		if (!isSupportedRatio(ratio))
			return complain(`'Aspect Ratio' must be between 21:9 and 9:21, but is ${show(text)}`);
		return succeed({ kind, ratio });
	}
	if (kind === 'pixels') {
		const [width, height] = [parameter('width', 1024), parameter('height', 1024)];
		for (const [label, value] of Object.entries({ Width: width, Height: height })) {
			const wrong = numberComplaint(value, { whole: true, min: 1, max: MAX_SIDE });
			if (wrong !== null) return complain(`'${label}' ${wrong}`);
		}
		return succeed({ kind, width: width as number, height: height as number });
	}
	return complain(`'Size' must be auto, aspectRatio or pixels, but is ${show(kind)}`);
}

function readEntries(value: unknown): Result<ImageEntry[]> {
	const list = isObject(value) ? (value['image'] ?? []) : [];
	const entries: ImageEntry[] = [];
	for (const [index, entry] of (Array.isArray(list) ? list : [list]).entries()) {
		const fields: Record<string, unknown> = isObject(entry) ? entry : {};
		const { source = 'binary', binaryProperty: property = 'data' } = fields;
		if (!sources.includes(textOf(source))) {
			return complain(
				`'Input Images' entry ${index + 1} has ${show(source)} for its source; it must be one of ${sources.join(', ')}`,
			);
		}
		entries.push({
			source: source as ImageEntry['source'],
			// An expression may give the binary data itself instead of the name of its field.
			binaryProperty: isObject(property) ? (property as unknown as IBinaryData) : textOf(property),
			url: textOf(fields['url']),
			base64: textOf(fields['base64']),
		});
	}
	return succeed(entries);
}

function readAdditionalFields(value: unknown): Result<JsonObject> {
	if (value === undefined || value === null || value === '') return succeed({});
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	return isObject(parsed)
		? succeed(parsed as JsonObject)
		: complain(`'Additional Fields' must be a JSON object such as {"field": 1}, but is ${show(value)}`);
}

function readResolution(options: IDataObject): Result<Resolution> {
	const value = options['resolution'] ?? '';
	const resolution = value === '' ? 'auto' : resolutions.find((known) => known === value);
	return resolution
		? succeed(resolution)
		: complain(`'Resolution' must be one of ${resolutions.join(', ')}, but is ${show(value)}`);
}

function readCallbackUrl(value: unknown): Result<string | null> {
	const url = textOf(value).trim();
	if (url === '') return succeed(null);
	return isWebUrl(url)
		? succeed(url)
		: complain(`'Callback URL' must start with https://, but is ${show(value)}`);
}

function readCompletion(value: unknown): Result<Completion> {
	const completion = completions.find((known) => known === value);
	return completion
		? succeed(completion)
		: complain(`'Completion' must be one of ${completions.join(', ')}, but is ${show(value)}`);
}

function settingsOf(context: IExecuteFunctions, itemIndex: number, operation: Operation): Result<Settings> {
	const parameter = (name: string, fallback: unknown): unknown =>
		context.getNodeParameter(name, itemIndex, fallback as string);
	const provider = readProvider(parameter('provider', 'blackForestLabs'));
	if (!provider.ok) return provider;
	const model = readModel(parameter('model', ''), provider.value, operation);
	if (!model.ok) return model;
	const sizing = readSizing(parameter);
	if (!sizing.ok) return sizing;
	const entries = readEntries(parameter('inputImages', {}));
	if (!entries.ok) return entries;

	const options = readOptions(context, itemIndex);
	const imageOptions = checkOptions(options);
	if (!imageOptions.ok) return imageOptions;
	const resolution = readResolution(options);
	if (!resolution.ok) return resolution;
	const additionalFields = readAdditionalFields(options['additionalFields']);
	if (!additionalFields.ok) return additionalFields;
	const nodeSettings = readNodeSettings(options);
	if (!nodeSettings.ok) return nodeSettings;
	const callbackUrl = readCallbackUrl(options['callbackUrl']);
	if (!callbackUrl.ok) return callbackUrl;
	const completion = readCompletion(parameter('completion', 'wait'));
	if (!completion.ok) return completion;

	return succeed({
		provider: provider.value,
		request: {
			operation,
			model: model.value,
			prompt: textOf(parameter('prompt', '')),
			sizing: sizing.value,
			resolution: resolution.value,
			options: imageOptions.value,
			additionalFields: additionalFields.value,
		},
		imageEntries: entries.value,
		completion: completion.value,
		callbackUrl: callbackUrl.value,
		...nodeSettings.value,
	});
}

/** Reads and checks the parameters of one item; nothing is sent and no image is read. */
export function readSettings(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
): Result<Settings> {
	return evaluated(() => settingsOf(context, itemIndex, operation));
}
