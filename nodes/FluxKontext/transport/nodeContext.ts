import type { IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

/** What the run of a node and a webhook request have in common. */
export type NodeContext = IExecuteFunctions | IWebhookFunctions;

/**
 * Tells whether an agent runs the node: n8n gives the tool that it makes of a node a type of its own. (n8n's
 * own `isToolExecution` is false where the agent leaves running the tool to n8n's engine.)
 */
export function isTool(context: NodeContext): boolean {
	return context.getNode().type.endsWith('Tool');
}
