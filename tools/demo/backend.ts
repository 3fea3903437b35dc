import { startEmulator } from '../emulator';
import type { CredentialFile } from '../n8n-host/workflows';
import type { Report } from '../n8n-host/progress';
import type { Cleanup } from '../support/cleanup';
import { credentialFor, emulatedProvider, realProvider, type DemoProvider } from './providers';

/** The API that the demo uses: a real one, or an emulator. */
export interface Backend {
	provider: DemoProvider;
	credential: CredentialFile;
	timeoutSeconds: number;
}

/** The emulator needs three seconds for an image. */
const EMULATOR_TIMING = { queueMs: 500, runMs: 2500 };
const EMULATOR_TIMEOUT_SECONDS = 45;
const REAL_TIMEOUT_SECONDS = 300;

function realBackend(provider: DemoProvider, report: Report): Backend {
	const images = provider.generates ? 2 : 1;
	const cost = Number((images * provider.usdPerImage).toFixed(3));
	const noun = images > 1 ? 'images' : 'image';
	report(`${provider.keyVariable} is set: this uses the REAL API of ${provider.name} with your key.`);
	report(`It makes ${images} ${noun} at $${provider.usdPerImage} each, $${cost} together.`);
	const credential = credentialFor(provider, { apiKey: process.env[provider.keyVariable] ?? '' });
	return { provider, credential, timeoutSeconds: REAL_TIMEOUT_SECONDS };
}

/**
 * Selects the real API whose key is in the environment, which is then paid for, or else starts an emulator.
 */
export async function selectBackend(cleanup: Cleanup, report: Report): Promise<Backend> {
	const real = realProvider(process.env);
	if (real !== undefined) return realBackend(real, report);
	const emulator = await startEmulator({ timing: EMULATOR_TIMING });
	cleanup.push(async () => await emulator.close());
	const { baseUrl, apiKey } = emulator.providers.blackForestLabs;
	const { name } = emulatedProvider;
	report(`No API key in the environment: using an emulator of ${name} at ${baseUrl}.`);
	report('It draws a landscape whatever the prompt is, and costs nothing.');
	return {
		provider: emulatedProvider,
		credential: credentialFor(emulatedProvider, { apiKey, baseUrl }),
		timeoutSeconds: EMULATOR_TIMEOUT_SECONDS,
	};
}
