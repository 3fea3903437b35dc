// Goes through a provider's protocol with a real key, without n8n: `npm run doctor`.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

import { main } from './main';

/** Asks on the terminal. Anything but y or yes is a no, Ctrl-C and Ctrl-D included. */
async function confirm(question: string): Promise<boolean> {
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	terminal.once('SIGINT', () => terminal.close());
	const closed = once(terminal, 'close').then(() => '');
	const answer = await Promise.race([terminal.question(question).catch(() => ''), closed]);
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}

const stop = new AbortController();
// The first Ctrl-C cancels the job and reports it; a second one ends the process at once.
process.once('SIGINT', () => stop.abort());

void main(process.argv.slice(2), {
	env: process.env,
	print: (line) => console.log(line),
	printError: (line) => console.error(line),
	confirm: process.stdin.isTTY ? confirm : null,
	stop: stop.signal,
}).then((status) => {
	process.exitCode = status;
});
