import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What a run and a call that wakes one have in common. */
export type NodeContext = IExecuteFunctions | IWebhookFunctions;

/** The stop of the execution; a call that wakes one has none. */
export function stopOf(context: NodeContext): AbortSignal {
	const signal = 'getExecutionCancelSignal' in context ? context.getExecutionCancelSignal() : undefined;
	return signal ?? new AbortController().signal;
}

/**
 * Whether an agent runs the node: n8n gives the tool that it makes of a node a type of its own. (Its `isToolExecution`
 * says no where the agent leaves it to n8n's engine to run the tool.)
 */
export function isTool(context: NodeContext): boolean {
	return context.getNode().type.endsWith('Tool');
}
