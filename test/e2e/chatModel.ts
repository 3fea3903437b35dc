import type { Answer } from '../support/scriptedServer';

interface ChatRequest {
	messages: Array<{ role: string; content: unknown }>;
	tools?: Array<{ function: { name: string } }>;
}

const readRequest = (body: string): ChatRequest => JSON.parse(body) as ChatRequest;
const toolMessages = ({ messages }: ChatRequest) => messages.filter(({ role }) => role === 'tool');

/** Returns the messages of the tools, as JSON, from the body of a request to a chat model. */
export const toolOutput = (body: string): string => JSON.stringify(toolMessages(readRequest(body)));

/**
 * Creates the handler of a chat model with OpenAI's API. It calls the first tool once and then repeats its
 * output.
 */
export function chatModel(toolArguments: Record<string, string>): Answer {
	return ({ body }, response) => {
		const request = readRequest(body);
		const output = toolMessages(request).at(-1);
		const call = {
			id: 'call_1',
			type: 'function',
			function: { name: request.tools?.[0]?.function.name, arguments: JSON.stringify(toolArguments) },
		};
		const message = output
			? { role: 'assistant', content: `Here it is: ${JSON.stringify(output.content)}` }
			: { role: 'assistant', content: null, tool_calls: [call] };
		const choice = { index: 0, message, finish_reason: output ? 'stop' : 'tool_calls' };
		response.writeHead(200, { 'content-type': 'application/json' });
		response.end(
			JSON.stringify({
				id: 'x',
				object: 'chat.completion',
				created: 1,
				model: 'stub',
				choices: [choice],
				usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
			}),
		);
	};
}
