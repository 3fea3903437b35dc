import type { IExecuteData, IExecuteFunctions, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import type { NodeContext } from './nodeContext';

/** Metadata of the stack entry of a node that a webhook has resumed. n8n stores it with the execution. */
const RESUMED = 'fluxKontextResumed';

/** Returns the signal of the user's stop. A webhook request has none, so its signal is never aborted. */
export function stopSignal(context: NodeContext): AbortSignal {
	const signal = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return signal ?? new AbortController().signal;
}

/** Returns the URL that resumes this execution, with n8n's own token in it. */
export function resumeUrl(context: IExecuteFunctions): string {
	const { resumeUrl: url } = context.getWorkflowDataProxy(0)['$execution'] as { resumeUrl: string };
	return url;
}

/**
 * Suspends the execution for at most `timeoutMs` milliseconds and stores these items with it. n8n passes them
 * on as the node's output when nothing resumes the execution before.
 */
export async function suspendWith(
	context: IExecuteFunctions,
	items: readonly INodeExecutionData[],
	timeoutMs: number,
): Promise<void> {
	const entry = context.getExecuteData();
	// Not changed in place, because the node before shows the same items as its output. A list of its own,
	// because n8n empties the one that is returned when it looks for items that belong on the error output.
	entry.data = { ...entry.data, main: [[...items]] };
	await context.putExecutionToWait(new Date(Date.now() + timeoutMs));
}

/** Returns the items that a suspended execution was stored with. */
export function suspendedItems(context: IWebhookFunctions): INodeExecutionData[] {
	return context.evaluateExpression('{{ $input.all() }}') as unknown as INodeExecutionData[];
}

/** Returns what n8n runs next. n8n stores it, and hands it to any process of its own. */
function nextEntry(context: IWebhookFunctions): IExecuteData | undefined {
	const { runExecutionData } = context as unknown as {
		runExecutionData?: { executionData?: { nodeExecutionStack: IExecuteData[] } };
	};
	return runExecutionData?.executionData?.nodeExecutionStack[0];
}

/**
 * Makes n8n run the node once more when the webhook resumes the execution, and marks that run. Without this
 * n8n passes on the webhook's items as the node's output. Throws if there is no execution to resume.
 */
export function rerunNode(context: IWebhookFunctions): void {
	const entry = nextEntry(context);
	if (!entry) throw new TypeError('There is no execution to resume');
	entry.node.disabled = false;
	entry.metadata = { ...entry.metadata, ...{ [RESUMED]: true } };
}

/** Tells whether this run was marked by `rerunNode`. */
export function isRerun(context: IExecuteFunctions): boolean {
	return Object.hasOwn(context.getExecuteData().metadata ?? {}, RESUMED);
}
