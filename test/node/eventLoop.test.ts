import type { INodeParameters } from 'n8n-workflow';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();

/**
 * Milliseconds that n8n may stand still. What is quadratic in such inputs takes minutes, so that a slow machine does
 * not matter.
 */
const MAX_DELAY_MS = 3_000;
const spaces = ' '.repeat(200_000);
const deep = `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`;
const generate: INodeParameters = { provider: 'blackForestLabs', operation: 'generate', prompt: 'a fox' };
const edit = (image: INodeParameters): INodeParameters => ({
	provider: 'runpod',
	operation: 'edit',
	prompt: 'make it night',
	inputImages: { image: [image] },
});

it.each<[string, INodeParameters, object]>([
	[
		'base64 with spaces before a bad character',
		edit({ source: 'base64', base64: '={{ $json.text }}' }),
		{ text: `AAAA${spaces}!` },
	],
	[
		'base64 of padding',
		edit({ source: 'base64', base64: '={{ $json.text }}' }),
		{ text: '='.repeat(1_000_000) },
	],
	[
		'a data URI without an end',
		edit({ source: 'base64', base64: '={{ $json.text }}' }),
		{ text: `data:${';base64'.repeat(100_000)}` },
	],
	[
		'a long URL',
		edit({ source: 'url', url: '={{ $json.text }}' }),
		{ text: `https://a.example/${'a/'.repeat(300_000)}` },
	],
	[
		'a long name of a binary field',
		edit({ source: 'binary', binaryProperty: '={{ $json.text }}' }),
		{ text: 'x'.repeat(1_000_000) },
	],
	[
		'a file name that is a path',
		{ ...generate, options: { fileName: '={{ $json.text }}' } },
		{ text: `${'a'.repeat(40_000)}/x` },
	],
	[
		'a file name of separators',
		{ ...generate, options: { fileName: '={{ $json.text }}' } },
		{ text: '/\\'.repeat(200_000) },
	],
	['a prompt of a megabyte', { ...generate, prompt: '={{ $json.text }}' }, { text: 'a '.repeat(500_000) }],
	['a prompt of links', { ...generate, prompt: '={{ $json.text }}' }, { text: 'https://'.repeat(100_000) }],
	['a prompt of keys', { ...generate, prompt: '={{ $json.text }}' }, { text: 'Bearer '.repeat(100_000) }],
	[
		'a model of a megabyte',
		{ ...generate, model: { __rl: true, mode: 'id', value: '={{ $json.text }}' } },
		{ text: '../'.repeat(300_000) },
	],
	[
		'a ratio of digits',
		{ ...generate, sizing: 'aspectRatio', aspectRatio: '={{ $json.text }}' },
		{ text: `${'1'.repeat(300_000)}:` },
	],
	[
		'fields nested 30,000 deep',
		{ ...generate, options: { additionalFields: '={{ $json.text }}' } },
		{ text: deep },
	],
	[
		'a job of a megabyte',
		{ resource: 'job', operation: 'get', provider: 'fal', job: '={{ $json.text }}' },
		{ text: `{"provider":"fal","id":"${'x'.repeat(1_000_000)}"}` },
	],
	[
		'a job nested 30,000 deep',
		{ resource: 'job', operation: 'get', provider: 'fal', job: '={{ $json.text }}' },
		{ text: deep },
	],
])('%s does not make n8n stand still', async (_, parameters, json) => {
	const items = [{ json: json as never, ...withBinary(await picture(16, 16)) }];
	const delay = monitorEventLoopDelay({ resolution: 10 });
	delay.enable();
	const run = await fixture.run(parameters, { items, onError: 'continueRegularOutput' });
	delay.disable();
	expect(run.items).toHaveLength(1);
	expect(delay.max / 1e6).toBeLessThan(MAX_DELAY_MS);
});
