import { clip, fail, MAX_WORD, succeed, type Result } from '../base/faults';
import { isObject, parseJson, textOf, type JsonObject } from '../base/json';
import { mayCarryKey } from '../http/trust';
import type { Handle, JobSnapshot, Provider, ProviderContext } from '../provider';

/** A job as items and errors show it; plain JSON, enough to finish it in another execution or on another machine. */
export interface JobRecord<H extends JsonObject = JsonObject> {
	provider: string;
	model: string;
	id: string;
	status: 'pending' | 'succeeded' | 'failed';
	/** The provider's own word. */
	providerStatus: string;
	/** ISO 8601. */
	submittedAt: string;
	handle: H;
}

export function recordOf<H extends Handle>(
	{ provider, model, submittedAt }: Pick<JobRecord, 'provider' | 'model' | 'submittedAt'>,
	{ state, handle, providerStatus }: JobSnapshot<H>,
): JobRecord<H> {
	const status = state === 'succeeded' || state === 'failed' ? state : 'pending';
	return {
		provider,
		model,
		id: handle.id,
		status,
		providerStatus: clip(providerStatus, MAX_WORD),
		submittedAt,
		handle,
	};
}

const complain = (text: string) =>
	fail('invalidRequest', `'Job' ${text}`, {
		description:
			'Give the job of a Flux Kontext item as it is: {{ $json.job }}, or {{ $json.details.job }} where the item is an error.',
	});

/** The addresses that a handle leads to; the key would be sent there. */
function addressesOf<H extends Handle>(provider: Provider<H>, handle: H, context: ProviderContext): string[] {
	const { buildStatus, buildResult, buildCancel } = provider;
	return [buildStatus, buildResult, buildCancel].flatMap((build) =>
		build ? [build(handle, context).url] : [],
	);
}

/**
 * A job that came from outside, as an object or as JSON. Anybody may have written it, so it is refused before anything
 * is sent, unless it is whole, of this provider, and leads nowhere but there.
 */
export function readJob<H extends Handle>(
	value: unknown,
	provider: Provider<H>,
	context: ProviderContext,
): Result<JobRecord<H>> {
	const given = typeof value === 'string' ? (parseJson(value) ?? value) : value;
	if (given === undefined || given === null || given === '') return complain('is empty');
	if (!isObject(given)) return complain('is not the JSON of a job');
	const { provider: owner, model, id, submittedAt, status, providerStatus } = given;
	if (owner !== provider.id) {
		return textOf(owner) === ''
			? complain('names no provider')
			: complain(`is one of the provider ${textOf(owner)}, but 'Provider' is ${provider.displayName}`);
	}
	if (typeof id !== 'string' || typeof model !== 'string')
		return complain('is damaged: its id and its model must be texts');
	if (typeof submittedAt !== 'string' || Number.isNaN(Date.parse(submittedAt)))
		return complain('is damaged: submittedAt must be a date such as 2026-01-31T12:00:00.000Z');
	const handle = provider.readHandle(given['handle']);
	if (!handle.ok) return complain(`is damaged: ${handle.fault.message}`);
	if (handle.value.id !== id) return complain('is damaged: its handle belongs to another job');
	const foreign = addressesOf(provider, handle.value, context).some(
		(url) => !mayCarryKey(url, context.baseUrl, provider.trustedHosts),
	);
	if (foreign)
		return complain(
			`leads to an address that is none of ${provider.displayName}; the API key was not sent there`,
		);
	return succeed({
		provider: provider.id,
		model,
		id,
		status: status === 'succeeded' || status === 'failed' ? status : 'pending',
		providerStatus: textOf(providerStatus),
		submittedAt,
		handle: handle.value,
	});
}
