import { fork } from 'node:child_process';
import { join } from 'node:path';

/** A process that answers questions, tied to the life of this one. */
export interface Child<Question, Answer> {
	pid: number;
	ask: (question: Question) => Promise<Answer>;
	stop: () => Promise<void>;
}

type Message<Answer> = { id: number } & ({ answer: Answer } | { error: string });

interface Waiting<Answer> {
	resolve: (answer: Answer) => void;
	reject: (error: Error) => void;
}

// The codex beside the node (`FluxKontext.node.json`) would be found before its source.
const sourcesFirst = join(__dirname, 'sourcesFirst.cjs');

export function startChild<Question, Answer>(
	file: string,
	env: NodeJS.ProcessEnv = {},
): Child<Question, Answer> {
	const child = fork(join(__dirname, file), {
		execArgv: ['--expose-gc', '--import', 'tsx', '--import', sourcesFirst],
		env: { ...process.env, ...env },
	});
	const waiting = new Map<number, Waiting<Answer>>();
	const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	let asked = 0;
	child.on('message', (message) => {
		const { id, ...content } = message as Message<Answer>;
		const { resolve, reject } = waiting.get(id) ?? {};
		waiting.delete(id);
		if ('answer' in content) resolve?.(content.answer);
		else reject?.(new Error(`${file}: ${content.error}`));
	});
	void ended.then(() => {
		for (const { reject } of waiting.values()) reject(new Error(`${file} has ended before it answered`));
	});
	return {
		pid: child.pid ?? 0,
		ask: async (question) => {
			const id = (asked += 1);
			return await new Promise<Answer>((resolve, reject) => {
				waiting.set(id, { resolve, reject });
				child.send({ id, question }, (error) => {
					if (error) reject(error);
				});
			});
		},
		stop: async () => {
			if (child.connected) child.disconnect();
			await ended;
		},
	};
}

/** The child's side. */
export function answer(work: (question: never) => Promise<unknown>): void {
	process.on('disconnect', () => process.exit());
	process.on('message', (message) => {
		const { id, question } = message as { id: number; question: never };
		const send = (content: object) => process.send?.({ id, ...content });
		work(question).then(
			(result) => send({ answer: result }),
			(error: unknown) =>
				send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
		);
	});
}
