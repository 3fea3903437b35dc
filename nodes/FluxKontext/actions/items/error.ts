import { NodeApiError, NodeOperationError, type INode, type INodeExecutionData } from 'n8n-workflow';

import type { Fault } from '../../core/base/faults';
import type { JobRecord } from '../../core/job/record';

export interface Failure {
	itemIndex: number;
	provider: string;
	fault: Fault;
	job: JobRecord | null;
}

const messageOf = ({ fault, itemIndex }: Failure): string => `${fault.message} [Item ${itemIndex}]`;

/**
 * The item of a failure under *Continue*. n8n sends it to the error output because its keys are `error` and `details`
 * only; with another key it would count as a success.
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

/** The error that ends a run. `jobs` are all that the run has had accepted, so that none is lost. */
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
	// n8n puts a general text in the place of a message that contains a system code such as ECONNREFUSED.
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
