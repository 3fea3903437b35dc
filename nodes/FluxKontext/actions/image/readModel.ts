import { succeed, type Result } from '../../core/base/faults';
import { isObject, show, textOf } from '../../core/base/json';
import type { Provider } from '../../core/provider';
import type { Operation } from '../../core/request/model';
import { defaultModel } from '../../core/request/plan';
import { providers } from '../../providers';
import { refuse } from '../parameters/read';

const lists = ({ models }: Provider, id: string): boolean => models.some((model) => model.id === id);

/**
 * Reads the model's id; empty means the provider's default. A choice from the list of another provider is
 * refused: it is what a switch of providers leaves behind, and replacing it by another model could cost more
 * than was meant. An id that was typed is taken as it is.
 */
export function readModel(value: unknown, provider: Provider, operation: Operation): Result<string> {
	// The locator itself, because n8n's `extractValue` throws where the panel does not show the parameter.
	const given = isObject(value) ? value['value'] : value;
	if (!['string', 'number', 'undefined'].includes(typeof given) && given !== null)
		return refuse(`'Model' must be the id of a model, but is ${show(given)}`);
	const id = textOf(given).trim();
	if (id === '') return succeed(defaultModel(provider, operation)?.id ?? '');
	const isFromList = isObject(value) && value['mode'] === 'list';
	if (!isFromList || lists(provider, id)) return succeed(id);
	const owners = providers.filter((other) => lists(other, id)).map(({ displayName }) => displayName);
	if (owners.length === 0) return succeed(id);
	const own = provider.models.map((model) => model.id).join(', ');
	return refuse(`'Model' ${id} is one of ${owners.join(', ')}; models of ${provider.displayName}: ${own}`);
}
