// Runs the emulator as a process of its own: prints how to reach every provider, ends on SIGINT and SIGTERM.
import { parseArgs } from 'node:util';
import { startEmulator } from './index';
import * as registry from './providers';
import type { ProviderId } from './types';

const parseInteger = (flag: string, value: string): number => {
	if (!/^\d+$/.test(value)) throw new Error(`--${flag} must be a whole number, not ${value}`);
	return Number(value);
};

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: '4100' },
			'files-port': { type: 'string', default: '4101' },
			'queue-ms': { type: 'string', default: '500' },
			'run-ms': { type: 'string', default: '2500' },
		},
	});
	const emulator = await startEmulator({
		port: parseInteger('port', values.port),
		filesPort: parseInteger('files-port', values['files-port']),
		timing: {
			queueMs: parseInteger('queue-ms', values['queue-ms']),
			runMs: parseInteger('run-ms', values['run-ms']),
		},
	});
	for (const [id, { baseUrl, apiKey }] of Object.entries(emulator.providers))
		console.log(`${registry[id as ProviderId].credentialType}  base URL ${baseUrl}  API key ${apiKey}`);
	console.log(`sample image  ${emulator.sampleImage.url}`);

	const stop = (): void => void emulator.close();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
	console.error(error instanceof Error ? error.message : error);
	process.exitCode = 1;
});
