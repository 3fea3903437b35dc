// npm run doctor: goes through a provider's protocol with a real key, without n8n.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

import { main } from './main';

async function ask(question: string): Promise<boolean> {
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	// Ctrl-C and Ctrl-D are a no.
	terminal.once('SIGINT', () => terminal.close());
	const closed = once(terminal, 'close').then(() => '');
	const answer = await Promise.race([terminal.question(question).catch(() => ''), closed]);
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}

const stop = new AbortController();
// The first one ends the job in order, the second one at once.
process.once('SIGINT', () => stop.abort());

void main(process.argv.slice(2), {
	env: process.env,
	say: (line) => console.log(line),
	complain: (line) => console.error(line),
	ask: process.stdin.isTTY ? ask : null,
	stop: stop.signal,
}).then((status) => {
	process.exitCode = status;
});
