// Runs every client in a process of its own, as some are ES modules only: an errand comes in, a line for each client goes out.
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import {
	type Account,
	type ClientOf,
	type Errand,
	type InputImage,
	promptOf,
	type Report,
	tasks,
} from './client';
import { clients } from './index';

async function run(
	provider: string,
	clientOf: ClientOf,
	account: Account | undefined,
	image: InputImage,
): Promise<Report> {
	const report: Report = { provider, images: {} };
	try {
		if (!account) throw new Error('The emulator has no such provider');
		const client = clientOf(account);
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
	const { accounts, image } = JSON.parse(await text(process.stdin)) as Errand;
	const { url, mimeType, base64 } = image;
	const input = {
		url,
		mimeType,
		bytes: Buffer.from(base64, 'base64'),
		dataUri: `data:${mimeType};base64,${base64}`,
	};
	await Promise.all(
		Object.entries(clients).map(async ([provider, clientOf]) => {
			console.log(JSON.stringify(await run(provider, clientOf, accounts[provider], input)));
		}),
	);
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
