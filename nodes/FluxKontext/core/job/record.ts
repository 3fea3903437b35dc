import { fail, succeed, type Failed, type Result } from '../base/faults';
import { isObject, parseJson, textOf, type JsonObject } from '../base/json';
import { clip, MAX_WORD_CHARACTERS } from '../base/text';
import type { Provider } from '../provider';
import { readSignedHandle, type HandleSigner } from './handleSigner';
import type { Handle, JobSnapshot } from './snapshot';

/**
 * Job as items and errors show it: plain JSON, enough to finish it in another execution or on another
 * machine.
 */
export interface JobRecord<H extends JsonObject = JsonObject> {
	/** Provider id. */
	provider: string;
	model: string;
	id: string;
	status: JobStatus;
	/** The provider's own status word. */
	providerStatus: string;
	/** ISO 8601. */
	submittedAt: string;
	handle: H;
}

type JobStatus = 'pending' | 'succeeded' | 'failed';

const statusOf = (value: unknown): JobStatus =>
	value === 'succeeded' || value === 'failed' ? value : 'pending';

/** The provider made the image, even where its response cannot be read. */
const statusOfState = (state: JobSnapshot['state']): JobStatus =>
	state === 'unreadable' ? 'succeeded' : statusOf(state);

/** Creates the record of a job from its origin and its latest state. */
export function createJobRecord<H extends Handle>(
	{ provider, model, submittedAt }: Pick<JobRecord, 'provider' | 'model' | 'submittedAt'>,
	{ state, handle, providerStatus }: JobSnapshot<H>,
): JobRecord<H> {
	return {
		provider,
		model,
		id: handle.id,
		status: statusOfState(state),
		providerStatus: clip(providerStatus, MAX_WORD_CHARACTERS),
		submittedAt,
		handle,
	};
}

const invalid = (text: string): Failed =>
	fail('invalidRequest', `'Job' ${text}`, {
		description:
			'Give the job of a Flux Kontext item as it is: {{ $json.job }}, ' +
			'or {{ $json.details.job }} where the item is an error.',
	});

/** Checks that a value is the JSON of a record of this provider, and returns its properties. */
function readEnvelope(
	value: unknown,
	{ id, displayName }: Provider,
): Result<Record<string, unknown> & Pick<JobRecord, 'id' | 'model' | 'submittedAt'>> {
	const record = typeof value === 'string' ? (parseJson(value) ?? value) : value;
	if (record === undefined || record === null || record === '') return invalid('is empty');
	if (!isObject(record)) return invalid('is not the JSON of a job');
	const owner = record['provider'];
	if (owner !== id)
		return textOf(owner) === ''
			? invalid('names no provider')
			: invalid(`is one of the provider ${textOf(owner)}, but 'Provider' is ${displayName}`);
	const { id: jobId, model, submittedAt } = record;
	if (typeof jobId !== 'string' || typeof model !== 'string')
		return invalid('is damaged: its id and its model must be texts');
	if (typeof submittedAt !== 'string' || Number.isNaN(Date.parse(submittedAt)))
		return invalid('is damaged: submittedAt must be a date such as 2026-01-31T12:00:00.000Z');
	return succeed({ ...record, id: jobId, model, submittedAt });
}

/** Checks the handle of a record: its shape, that it belongs to the job, and that its links are signed. */
function readState<H extends Handle>(
	value: unknown,
	jobId: string,
	provider: Provider<H>,
	signer: HandleSigner | undefined,
): Result<H> {
	const handle = readSignedHandle(provider, value, signer);
	if (handle === 'unsigned')
		return invalid(
			`holds links that were not signed with the key of this ${provider.displayName} credential`,
		);
	if (!handle.ok) return invalid(`is damaged: ${handle.fault.message}`);
	if (handle.value.id !== jobId) return invalid('is damaged: its handle belongs to another job');
	return handle;
}

/**
 * Reads a job record that comes from outside, as an object or as JSON text. Anybody may have written it, so
 * it is refused (`invalidRequest`) before anything is sent, unless it is complete and belongs to this
 * provider. An address in it that is not one of its job is not used. The links in the handle of a synchronous
 * provider must be signed by `signer`.
 */
export function readJob<H extends Handle>(
	value: unknown,
	provider: Provider<H>,
	signer?: HandleSigner,
): Result<JobRecord<H>> {
	const envelope = readEnvelope(value, provider);
	if (!envelope.ok) return envelope;
	const { id, model, submittedAt, status, providerStatus, handle: state } = envelope.value;
	const handle = readState(state, id, provider, signer);
	if (!handle.ok) return handle;
	return succeed({
		provider: provider.id,
		model,
		id,
		status: statusOf(status),
		providerStatus: textOf(providerStatus),
		submittedAt,
		handle: handle.value,
	});
}
