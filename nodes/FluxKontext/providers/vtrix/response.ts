import { fail, type Result } from '../../core/base/faults';
import { isObject } from '../../core/base/json';
import type { HttpResponse } from '../../core/http/ports';
import type { Handle, JobSnapshot } from '../../core/job/snapshot';
import type { ProviderContext } from '../../core/provider';
import type { PreparedRequest } from '../../core/request/imageRequest';
import { parseBody } from '../shared/schema';
import { name, readError, refusalIn } from './errors';
import { readState, taskSchema, type Task } from './state';

/** Returns `data` of SeaCloud's envelope `{ status: { code, message, error_code }, data }`, or the body. */
const contentOf = (body: unknown): unknown =>
	isObject(body) && isObject(body['status']) && isObject(body['data']) ? body['data'] : body;

/**
 * Unwraps a response to the task that it describes, or to the fault that it states instead. `knownId` is the
 * id of the job whose status was requested; it replaces the id in the response.
 */
function unwrap(response: HttpResponse, knownId: string | null): Result<Task> {
	const content = contentOf(response.body);
	const body = knownId !== null && isObject(content) ? { ...content, id: knownId } : content;
	const task = parseBody(name, taskSchema(), body);
	// The status of a task takes precedence over the envelope.
	if (task.ok && task.value.status) return task;
	const refusal = refusalIn(response);
	if (refusal !== null) return { ok: false, fault: refusal };
	if (task.ok) return task;
	// "A reply without an id is a failure."
	const { text } = readError(content);
	return text === null ? task : fail('badResponse', `${name} gave no id: ${text}`);
}

/** Parses the acceptance of a job. */
export function parseSubmit(
	response: HttpResponse,
	_request: PreparedRequest,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot> {
	const task = unwrap(response, null);
	return task.ok ? readState(task.value, { id: task.value.id }, baseUrl) : task;
}

/** Parses the state of a job. */
export function parseStatus(
	response: HttpResponse,
	handle: Handle,
	{ baseUrl }: ProviderContext,
): Result<JobSnapshot> {
	const task = unwrap(response, handle.id);
	return task.ok ? readState(task.value, handle, baseUrl) : task;
}
