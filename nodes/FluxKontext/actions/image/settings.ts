import type { IExecuteFunctions } from 'n8n-workflow';

import { combine } from '../../core/base/combine';
import { succeed, type Result } from '../../core/base/faults';
import { isObject, parseJson, show, textOf, type JsonObject } from '../../core/base/json';
import { normalizeJson } from '../../core/base/normalizeJson';
import { wellFormed } from '../../core/base/text';
import { isWebUrl } from '../../core/http/trust';
import type { Provider } from '../../core/provider';
import type { ImageRequest } from '../../core/request/imageRequest';
import type { Operation } from '../../core/request/model';
import { checkOptions } from '../../core/request/options';
import {
	completions,
	DEFAULT_COMPLETION,
	DEFAULT_PROVIDER_ID,
	DEFAULT_RESOLUTION,
	resolutions,
	type Completion,
} from '../../core/request/parameters';
import type { Resolution } from '../../core/request/sizes';
import type { ImageEntry } from '../../transport/inputImages';
import { readNodeSettings, type NodeSettings } from '../parameters/nodeSettings';
import {
	catchExpression,
	parametersOf,
	readChoice,
	readOptions,
	readProvider,
	refuse,
	type ReadParameter,
} from '../parameters/read';
import { readEntries } from './readEntries';
import { readModel } from './readModel';
import { readSizing } from './readSizing';

/** Parameters of one item, checked as far as that needs no model and no image. */
export interface Settings extends NodeSettings {
	provider: Provider;
	request: ImageRequest;
	imageEntries: readonly ImageEntry[];
	completion: Completion;
	/** URL that the provider reports the end of a submitted job to. */
	callbackUrl: string | null;
}

function readAdditionalFields(value: unknown): Result<JsonObject> {
	if (value === undefined || value === null || value === '') return succeed({});
	const parsed = typeof value === 'string' ? parseJson(value) : value;
	const fields = normalizeJson(parsed ?? null, "'Additional Fields'");
	if (!fields.ok) return fields;
	return isObject(fields.value)
		? succeed(fields.value)
		: refuse(`'Additional Fields' must be a JSON object such as {"field": 1}, but is ${show(value)}`);
}

/** Reads the prompt. A number is taken too, because a sheet may hold one. */
function readPrompt(value: unknown): Result<string> {
	const prompt = value ?? '';
	return typeof prompt === 'string' || (typeof prompt === 'number' && Number.isFinite(prompt))
		? succeed(wellFormed(String(prompt)))
		: refuse(`'Prompt' must be text, but is ${show(value)}`);
}

function readResolution(value: unknown): Result<Resolution> {
	return (value ?? '') === '' ? succeed(DEFAULT_RESOLUTION) : readChoice(value, 'Resolution', resolutions);
}

function readCallbackUrl(value: unknown): Result<string | null> {
	const url = textOf(value).trim();
	if (url === '') return succeed(null);
	return isWebUrl(url)
		? succeed(url)
		: refuse(`'Callback URL' must start with https://, but is ${show(value)}`);
}

/** Reads the parameters that make up the request. */
function readRequest(
	parameter: ReadParameter,
	options: Readonly<Record<string, unknown>>,
	provider: Provider,
	operation: Operation,
): Result<{ request: ImageRequest; imageEntries: ImageEntry[] }> {
	const read = combine({
		model: () => readModel(parameter('model', ''), provider, operation),
		sizing: () => readSizing(parameter),
		imageEntries: () => readEntries(parameter('inputImages', {})),
		options: () => checkOptions(options),
		resolution: () => readResolution(options['resolution']),
		additionalFields: () => readAdditionalFields(options['additionalFields']),
		prompt: () => readPrompt(parameter('prompt', '')),
	});
	if (!read.ok) return read;
	const { imageEntries, ...request } = read.value;
	return succeed({ request: { operation, ...request }, imageEntries });
}

/** Reads and checks the parameters of one item. Nothing is sent and no image is read. */
export function readSettings(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
): Result<Settings> {
	return catchExpression(() => {
		const parameter = parametersOf(context, itemIndex);
		const provider = readProvider(parameter('provider', DEFAULT_PROVIDER_ID));
		if (!provider.ok) return provider;
		const options = readOptions(context, itemIndex);
		const read = combine({
			request: () => readRequest(parameter, options, provider.value, operation),
			node: () => readNodeSettings(options),
			callbackUrl: () => readCallbackUrl(options['callbackUrl']),
			completion: () =>
				readChoice(parameter('completion', DEFAULT_COMPLETION), 'Completion', completions),
		});
		if (!read.ok) return read;
		const { request, node, callbackUrl, completion } = read.value;
		return succeed({ provider: provider.value, ...request, completion, callbackUrl, ...node });
	});
}
