import { emulatorCredentials } from '../../tools/n8n-core/runNode';
import { until, useNodeFixture } from './nodeFixture';

const fixture = useNodeFixture();
const generate = { provider: 'blackForestLabs', operation: 'generate', prompt: 'a fox' };
const type = 'fluxKontextBlackForestLabsApi';

/** Returns the stored credentials, and a function that edits the one of Black Forest Labs. */
function editable() {
	const credentials = emulatorCredentials(fixture.emulator);
	const edit = (change: object) => {
		credentials[type] = { ...credentials[type], ...change };
	};
	return { credentials, edit };
}

const newKey = 'sk-of-the-new-host-0001';
const reason = 'the credential was changed during the run, so the key was not sent';
const description =
	'Run again with the credential as it is now. To finish a job that was submitted before, ' +
	'restore the base URL and the key of that time, and use Job → Wait.';

describe('a credential that is edited during a run', () => {
	it.each([
		['to another host', { baseUrl: 'https://proxy.example', apiKey: newKey }],
		['to a base URL that is none', { baseUrl: 'proxy.example', apiKey: newKey }],
		['to a key that cannot be sent', { apiKey: `${newKey} x` }],
	])('%s sends its new key to no former address, and the job stays', async (_, change) => {
		fixture.emulator.timing.runMs = 2_000;
		const { credentials, edit } = editable();
		const run = fixture.run(generate, { credentials });
		await until(() => fixture.sent('status').length > 0);
		edit(change);
		const { error } = await run;
		expect(error?.message).toBe(`Black Forest Labs could not be asked for the job: ${reason} [Item 0]`);
		expect(error).toMatchObject({
			description: expect.stringContaining(description) as unknown,
			context: {
				code: 'unavailable',
				retryable: false,
				job: { id: fixture.emulator.jobs[0]?.id, status: 'pending' },
			},
		});
		expect(JSON.stringify(fixture.emulator.requests)).not.toContain(newKey);
	});
});

it('adds the query of the base URL to every request with the key, and to no other', async () => {
	const { credentials, edit } = editable();
	edit({ baseUrl: `${fixture.emulator.providers.blackForestLabs.baseUrl}/?api-version=1` });
	const run = await fixture.run(generate, { credentials });
	expect(run.error).toBeNull();
	const [id] = fixture.emulator.jobs.map((job) => job.id);
	expect(new Set(fixture.emulator.requests.map(({ stage, path }) => `${stage} ${path}`))).toEqual(
		new Set([
			'submit /blackForestLabs/v1/flux-kontext-pro?api-version=1',
			`status /blackForestLabs/v1/get_result?id=${id}&api-version=1`,
			expect.stringMatching(/^download [^?]*(?:\?(?!.*api-version).*)?$/) as unknown as string,
		]),
	);
});
