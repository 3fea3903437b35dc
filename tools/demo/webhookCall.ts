import type { N8n } from '../n8n-host/n8n';
import type { Workflow } from '../n8n-host/workflows';
import type { Picture } from './pictures';

export interface WebhookCall {
	n8n: N8n;
	workflow: Workflow;
	body: unknown;
	timeoutMs: number;
	signal: AbortSignal;
}

/** The execution has ended when its webhook has answered, so that reading it takes no time. */
const EXECUTION_TIMEOUT_MS = 5_000;

const webhookPath = ({ nodes }: Workflow): string =>
	String(nodes.find(({ type }) => type === 'n8n-nodes-base.webhook')?.parameters.path);

async function failureReason(n8n: N8n, workflow: Workflow): Promise<string> {
	try {
		const options = { timeoutMs: EXECUTION_TIMEOUT_MS };
		const { data, status } = await n8n.execution(workflow.id, options);
		const error = data.resultData.error;
		if (error === undefined) return `its execution ended with ${status}`;
		// n8n may replace the node's message with a general one; the original is then among `messages`.
		const messages = 'messages' in error ? error.messages : [];
		return [error.message, ...messages, error.description].filter(Boolean).join(' – ');
	} catch (error) {
		return (error as Error).message;
	}
}

/**
 * Calls a workflow's webhook and returns the image that it answers with. Rejects with the execution's error.
 */
export async function callForPicture(call: WebhookCall): Promise<Picture> {
	const { n8n, workflow, body, timeoutMs, signal } = call;
	const subject = `The workflow "${workflow.name}"`;
	const { status, headers, data } = await n8n
		.webhook(webhookPath(workflow), body, { timeout: timeoutMs, signal })
		.catch((error: unknown) => {
			throw new Error(`${subject} did not answer: ${(error as Error).message}`, { cause: error });
		});
	const mimeType = String(headers['content-type']).split(';')[0] ?? '';
	if (status === 200 && mimeType.startsWith('image/') && Buffer.isBuffer(data))
		return { bytes: data, mimeType };
	const reason = await failureReason(n8n, workflow);
	throw new Error(`${subject} returned no image (status ${status}): ${reason}`);
}
