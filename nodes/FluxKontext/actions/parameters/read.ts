import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { fail, succeed, type Failed, type Result } from '../../core/base/faults';
import { isObject, show, textOf } from '../../core/base/json';
import { wellFormed } from '../../core/base/text';
import type { Provider } from '../../core/provider';
import { numberComplaint, type NumberLimits } from '../../core/request/numbers';
import { providerById, providers } from '../../providers';

/** Creates the result of a parameter that is refused. */
export const refuse = (text: string): Failed => fail('invalidRequest', text);

/** Returns the value of a parameter, or the fallback where the panel does not show it. */
export type ReadParameter = (name: string, fallback: unknown) => unknown;

/**
 * Returns the function that reads the parameters of an item. It throws where n8n cannot evaluate an
 * expression.
 */
export const parametersOf =
	(context: IExecuteFunctions, itemIndex: number): ReadParameter =>
	(name, fallback) =>
		context.getNodeParameter(name, itemIndex, fallback as string);

/** Returns the options of an item; an empty object where there are none. */
export function readOptions(context: IExecuteFunctions, itemIndex: number): IDataObject {
	const options = context.getNodeParameter('options', itemIndex, {});
	return isObject(options) ? options : {};
}

/** Turns the exception of an expression that n8n cannot evaluate into a fault of that item alone. */
export function catchExpression<T>(read: () => Result<T>): Result<T> {
	try {
		return read();
	} catch (error) {
		const { message, context } = error as { message?: unknown; context?: unknown };
		const parameter = isObject(context) ? textOf(context['parameter']) : '';
		const where = parameter === '' ? '' : ` of '${parameter}'`;
		return refuse(`The expression${where} could not be evaluated: ${textOf(message)}`);
	}
}

/** Reads a provider by its id. */
export function readProvider(id: unknown): Result<Provider> {
	const provider = providerById(id);
	const known = providers.map((candidate) => candidate.id).join(', ');
	return provider ? succeed(provider) : refuse(`'Provider' must be one of ${known}, but is ${show(id)}`);
}

/** Reads the provider id of an item that is refused; empty where it has none. */
export function providerIdOf(context: IExecuteFunctions, itemIndex: number): string {
	const id = catchExpression(() => succeed(context.getNodeParameter('provider', itemIndex, '')));
	return id.ok ? textOf(id.value) : '';
}

/** Reads a number; `null` where it is not set. */
export function readNumber(
	value: unknown,
	label: string,
	limits: NumberLimits & { whole: boolean },
): Result<number | null> {
	if (value === undefined || value === null || value === '') return succeed(null);
	const wrong = numberComplaint(value, limits);
	return wrong === null ? succeed(value as number) : refuse(`'${label}' ${wrong}`);
}

/**
 * Reads a text; `null` where it is empty. A number is taken too, because a file may be named after a record's
 * id.
 */
export function readText(value: unknown, label: string): Result<string | null> {
	const text = value ?? '';
	const isText = typeof text === 'string' || (typeof text === 'number' && Number.isFinite(text));
	return isText
		? succeed(wellFormed(String(text)).trim() || null)
		: refuse(`'${label}' must be text, but is ${show(value)}`);
}

/** Reads a boolean; `fallback` where it is not set. */
export function readFlag(value: unknown, label: string, fallback: boolean): Result<boolean> {
	if ((value ?? '') === '') return succeed(fallback);
	return typeof value === 'boolean'
		? succeed(value)
		: refuse(`'${label}' must be true or false, but is ${show(value)}`);
}

/** Reads one of these values. */
export function readChoice<T extends string>(
	value: unknown,
	label: string,
	choices: readonly T[],
): Result<T> {
	const choice = choices.find((known) => known === value);
	return choice
		? succeed(choice)
		: refuse(`'${label}' must be one of ${choices.join(', ')}, but is ${show(value)}`);
}
