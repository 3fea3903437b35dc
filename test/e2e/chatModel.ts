import type { Answer } from '../support/scriptedServer';

interface Asked {
	messages: Array<{ role: string; content: unknown }>;
	tools?: Array<{ function: { name: string } }>;
}

const readAsked = (body: string): Asked => JSON.parse(body) as Asked;
const toolMessages = ({ messages }: Asked) => messages.filter(({ role }) => role === 'tool');

/** What the tools have said so far, out of the body of a request to a chat model. */
export const saidByTools = (body: string): string => JSON.stringify(toolMessages(readAsked(body)));

/** A chat model of OpenAI's shape that calls the first tool once, with these arguments, and then tells what the tool said. */
export function chatModel(toolArguments: Record<string, string>): Answer {
	return ({ body }, response) => {
		const asked = readAsked(body);
		const said = toolMessages(asked).at(-1);
		const call = {
			id: 'call_1',
			type: 'function',
			function: { name: asked.tools?.[0]?.function.name, arguments: JSON.stringify(toolArguments) },
		};
		const message = said
			? { role: 'assistant', content: `Here it is: ${JSON.stringify(said.content)}` }
			: { role: 'assistant', content: null, tool_calls: [call] };
		const choice = { index: 0, message, finish_reason: said ? 'stop' : 'tool_calls' };
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
