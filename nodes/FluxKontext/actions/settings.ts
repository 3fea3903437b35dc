import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Result } from '../core/base/faults';
import { isObject, textOf } from '../core/base/json';
import { numberComplaint, show } from '../core/request/options';
import type { Provider } from '../core/provider';
import { providerById, providers } from '../providers';

/** The options that say how the node works, of one item. */
export interface NodeSettings {
	binaryField: string;
	fileName: string | null;
	timeoutMs: number;
	cancelOnTimeout: boolean;
}

/** Options for the run as a whole, read from the first item. */
export interface RunSettings {
	concurrency: number;
	/** USD. */
	maxCost: number | null;
}

const complain = (text: string) => fail('invalidRequest', text);

const DEFAULT_TIMEOUT_S = 600;
/** A day: nobody waits longer for an image. */
const MAX_TIMEOUT_S = 86_400;
const MAX_CONCURRENCY = 100;

export function readProvider(id: unknown): Result<Provider> {
	const provider = providerById(id);
	const known = providers.map((candidate) => candidate.id).join(', ');
	return provider ? succeed(provider) : complain(`'Provider' must be one of ${known}, but is ${show(id)}`);
}

function readNumber(
	options: IDataObject,
	name: string,
	label: string,
	limits: { whole: boolean; min?: number; max?: number },
): Result<number | null> {
	const value = options[name];
	if (value === undefined || value === null || value === '') return succeed(null);
	const wrong = numberComplaint(value, limits);
	return wrong === null ? succeed(value as number) : complain(`'${label}' ${wrong}`);
}

/** A number is taken as its digits: a file may be named after the id of a record. */
function readText(options: IDataObject, name: string, label: string): Result<string | null> {
	const value = options[name] ?? '';
	if (typeof value !== 'string' && typeof value !== 'number')
		return complain(`'${label}' must be text, but is ${show(value)}`);
	return succeed(textOf(value).trim() || null);
}

function readFlag(options: IDataObject, name: string, label: string, preset: boolean): Result<boolean> {
	const value = options[name] ?? '';
	if (value === '') return succeed(preset);
	return typeof value === 'boolean'
		? succeed(value)
		: complain(`'${label}' must be true or false, but is ${show(value)}`);
}

export function readOptions(context: IExecuteFunctions, itemIndex: number): IDataObject {
	const options = context.getNodeParameter('options', itemIndex, {});
	return isObject(options) ? options : {};
}

export function readNodeSettings(options: IDataObject): Result<NodeSettings> {
	const timeout = readNumber(options, 'timeout', 'Timeout', { whole: false, min: 1, max: MAX_TIMEOUT_S });
	if (!timeout.ok) return timeout;
	const binaryField = readText(options, 'binaryField', 'Put Output in Field');
	if (!binaryField.ok) return binaryField;
	const fileName = readText(options, 'fileName', 'File Name');
	if (!fileName.ok) return fileName;
	const cancelOnTimeout = readFlag(options, 'cancelOnTimeout', 'Cancel on Timeout', true);
	if (!cancelOnTimeout.ok) return cancelOnTimeout;
	return succeed({
		binaryField: binaryField.value ?? 'data',
		fileName: fileName.value,
		timeoutMs: (timeout.value ?? DEFAULT_TIMEOUT_S) * 1000,
		cancelOnTimeout: cancelOnTimeout.value,
	});
}

/** n8n throws where an expression cannot be evaluated: a fault like any other, of that item alone. */
export function evaluated<T>(read: () => Result<T>): Result<T> {
	try {
		return read();
	} catch (error) {
		const { message, context } = error as { message?: unknown; context?: unknown };
		const parameter = isObject(context) ? textOf(context['parameter']) : '';
		return complain(
			`The expression${parameter === '' ? '' : ` of '${parameter}'`} could not be evaluated: ${textOf(message)}`,
		);
	}
}

/** The provider's id as it stands in the parameters, for an item that is refused. */
export function providerIdOf(context: IExecuteFunctions, itemIndex: number): string {
	const id = evaluated(() => succeed(context.getNodeParameter('provider', itemIndex, '')));
	return id.ok ? textOf(id.value) : '';
}

function runSettingsOf(context: IExecuteFunctions): Result<RunSettings> {
	const options = readOptions(context, 0);
	const concurrency = readNumber(options, 'concurrency', 'Concurrency', {
		whole: true,
		min: 1,
		max: MAX_CONCURRENCY,
	});
	if (!concurrency.ok) return concurrency;
	const maxCost = readNumber(options, 'maxCost', 'Max Cost', { whole: false, min: 0 });
	if (!maxCost.ok) return maxCost;
	return succeed({ concurrency: concurrency.value ?? 10, maxCost: maxCost.value });
}

export function readRunSettings(context: IExecuteFunctions): Result<RunSettings> {
	return evaluated(() => runSettingsOf(context));
}
