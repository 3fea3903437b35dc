// Runs every client. A process of its own, because some clients are ES modules only: it reads a
// `ClientRunInput` from its standard input and prints a `ClientReport` in one line for each client.
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
	type ClientReport,
	type ClientRunInput,
	type Connection,
	type CreateClient,
	type InputImage,
	promptOf,
	tasks,
} from './client';
import { clients } from './index';

async function run(
	provider: string,
	createClient: CreateClient,
	connection: Connection | undefined,
	image: InputImage,
): Promise<ClientReport> {
	const report: ClientReport = { provider, images: {} };
	try {
		if (!connection) throw new Error(`The emulator has no provider ${provider}`);
		const client = createClient(connection);
		for (const task of tasks) {
			const bytes = await client[task]?.(promptOf(provider, task), image);
			if (bytes) report.images[task] = Buffer.from(bytes).toString('base64');
		}
		return report;
	} catch (error) {
		return { ...report, error: inspect(error, { depth: 4 }) };
	}
}

async function main(): Promise<void> {
	const { connections, image } = JSON.parse(await text(process.stdin)) as ClientRunInput;
	const { url, mimeType, base64 } = image;
	const input = {
		url,
		mimeType,
		bytes: Buffer.from(base64, 'base64'),
		dataUri: `data:${mimeType};base64,${base64}`,
	};
	await Promise.all(
		Object.entries(clients).map(async ([provider, createClient]) => {
			const report = await run(provider, createClient, connections[provider], input);
			console.log(JSON.stringify(report));
		}),
	);
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
