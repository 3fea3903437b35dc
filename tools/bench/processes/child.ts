import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Child process that handles requests, and ends with this process. */
export interface Child<Request, Response> {
	pid: number;
	/** Sends a request. Rejects if its handler throws or the process ends before it responds. */
	send: (request: Request) => Promise<Response>;
	/** Ends the process and waits for its exit. */
	stop: () => Promise<void>;
}

type Message<Response> = { id: number } & ({ response: Response } | { error: string });

interface PendingRequest<Response> {
	resolve: (response: Response) => void;
	reject: (error: Error) => void;
}

// Without this, an import of the node would find `FluxKontext.node.json`, its codex, before its source.
const sourcesFirst = join(__dirname, 'sourcesFirst.cjs');

/** Starts a TypeScript file of this folder in a process of its own, in which `serve` handles the requests. */
export function startChild<Request, Response>(
	file: string,
	env: NodeJS.ProcessEnv = {},
): Child<Request, Response> {
	const child = fork(join(__dirname, file), {
		execArgv: ['--expose-gc', '--import', 'tsx', '--import', sourcesFirst],
		env: { ...process.env, ...env },
	});
	const pending = new Map<number, PendingRequest<Response>>();
	const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	let requestCount = 0;
	child.on('message', (message) => {
		const { id, ...content } = message as Message<Response>;
		const { resolve, reject } = pending.get(id) ?? {};
		pending.delete(id);
		if ('response' in content) resolve?.(content.response);
		else reject?.(new Error(`${file}: ${content.error}`));
	});
	void exited.then(() => {
		for (const { reject } of pending.values()) reject(new Error(`${file} exited before it responded`));
	});
	return {
		pid: child.pid ?? 0,
		send: async (request) => {
			const id = (requestCount += 1);
			return await new Promise<Response>((resolve, reject) => {
				pending.set(id, { resolve, reject });
				child.send({ id, request }, (error) => {
					if (error) reject(error);
				});
			});
		},
		stop: async () => {
			if (child.connected) child.disconnect();
			await exited;
		},
	};
}

/** Handles the requests of the parent process. Called once, in the child process. */
export function serve(handle: (request: never) => Promise<unknown>): void {
	process.on('disconnect', () => process.exit());
	process.on('message', (message) => {
		const { id, request } = message as { id: number; request: never };
		const send = (content: object) => process.send?.({ id, ...content });
		handle(request).then(
			(response) => send({ response }),
			(error: unknown) =>
				send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
		);
	});
}
