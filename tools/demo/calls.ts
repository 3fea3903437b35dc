import type { N8n } from '../n8n-host/n8n';
import type { Workflow } from '../n8n-host/workflows';
import type { Picture } from './pictures';

export interface Call {
	n8n: N8n;
	workflow: Workflow;
	body: unknown;
	timeoutMs: number;
	signal: AbortSignal;
}

const pathOf = ({ nodes }: Workflow): string =>
	String(nodes.find(({ type }) => type === 'n8n-nodes-base.webhook')?.parameters.path);

async function reason(n8n: N8n, workflow: Workflow): Promise<string> {
	try {
		const { data, status } = await n8n.execution(workflow.id, { timeoutMs: 5_000 });
		const error = data.resultData.error;
		if (error === undefined) return `its execution ended with ${status}`;
		// n8n may put a sentence of its own first; what the node said is then among the others.
		const others = 'messages' in error ? error.messages : [];
		return [error.message, ...others, error.description].filter(Boolean).join(' – ');
	} catch (error) {
		return (error as Error).message;
	}
}

/** Calls a workflow the way anybody would, over HTTP; its answer is the picture. */
export async function call({ n8n, workflow, body, timeoutMs, signal }: Call): Promise<Picture> {
	const path = pathOf(workflow);
	const what = `The workflow "${workflow.name}"`;
	const { status, headers, data } = await n8n
		.webhook(path, body, { timeout: timeoutMs, signal })
		.catch((error: unknown) => {
			throw new Error(`${what} gave no answer: ${(error as Error).message}`, { cause: error });
		});
	const mimeType = String(headers['content-type']).split(';')[0] ?? '';
	if (status === 200 && mimeType.startsWith('image/') && Buffer.isBuffer(data))
		return { bytes: data, mimeType };
	throw new Error(`${what} gave no picture (status ${status}): ${await reason(n8n, workflow)}`);
}
