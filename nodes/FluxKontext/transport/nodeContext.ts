import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What a run and a call that wakes one have in common. */
export type NodeContext = IExecuteFunctions | IWebhookFunctions;

/** The stop of the execution; a call that wakes one has none. */
export function stopOf(context: NodeContext): AbortSignal {
	const signal = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return signal ?? new AbortController().signal;
}
