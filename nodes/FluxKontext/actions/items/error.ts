import { NodeApiError, NodeOperationError, type INode, type INodeExecutionData } from 'n8n-workflow';

import type { Fault } from '../../core/base/faults';
import type { JobRecord } from '../../core/job/record';

/** Failure of an item. Contains no secrets. */
export interface Failure {
	itemIndex: number;
	/** Provider id; empty where the item names none. */
	provider: string;
	fault: Fault;
	/** Job of the item, from the moment the provider gave an id. */
	job: JobRecord | null;
}

const messageOf = ({ fault, itemIndex }: Failure): string => `${fault.message} [Item ${itemIndex}]`;

/**
 * Creates the item of a failure under *Continue*. n8n sends it to the error output because its only keys are
 * `error` and `details`; with any other key it would count as a success.
 */
export function errorItem(failure: Failure): INodeExecutionData {
	const { itemIndex, provider, fault, job } = failure;
	const { code, description, httpStatus, providerStatus, retryable } = fault;
	return {
		json: {
			error: messageOf(failure),
			details: { code, description, provider, httpStatus, providerStatus, retryable, job },
		},
		pairedItem: { item: itemIndex },
	};
}

/**
 * Creates the error that ends a run. `jobs` lists every job that was accepted during the run, so that none is
 * lost.
 */
export function nodeError(
	node: INode,
	failure: Failure,
	jobs: readonly JobRecord[],
): NodeApiError | NodeOperationError {
	const { fault, itemIndex, provider, job } = failure;
	const { description, httpStatus } = fault;
	const message = messageOf(failure);
	const error =
		httpStatus === null
			? new NodeOperationError(node, message, { itemIndex, description })
			: new NodeApiError(
					node,
					{ message },
					{ itemIndex, message, description, httpCode: String(httpStatus) },
				);
	// n8n replaces a message that contains a system code such as ECONNREFUSED by a general text.
	error.message = message;
	Object.assign(error.context, {
		code: fault.code,
		provider,
		providerStatus: fault.providerStatus,
		retryable: fault.retryable,
		job,
		jobs,
	});
	return error;
}
