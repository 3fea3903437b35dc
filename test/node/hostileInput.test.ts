import fc from 'fast-check';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { ProviderId } from '../../tools/emulator';
import type { NodeRun } from '../../tools/n8n-core/runNode';
import { picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();

/** JSON nested deeper than any parser or serialiser of a request takes. */
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** Values that no panel offers, but an expression can give. `undefined` leaves the property out. */
const hostileValues: readonly unknown[] = [
	undefined,
	null,
	'',
	' ',
	'x\ud83d',
	'\udc00x',
	'\u0000\u001b[31m',
	'..',
	'.',
	'../../admin',
	'a/../../b',
	'__proto__',
	'constructor',
	'toString',
	'hasOwnProperty',
	'%2e%2e%2f',
	'a?b=c#d',
	'\\..\\',
	'🦊'.repeat(50),
	'x'.repeat(1_000_000),
	`AAAA${' '.repeat(200_000)}!`,
	`${'a'.repeat(40_000)}/x`,
	0,
	-1,
	2 ** 60,
	1e308,
	'NaN',
	true,
	false,
	[],
	['a', 'b'],
	{},
	{ value: 'x' },
	{ toString: 1 },
	'{"__proto__": {"polluted": true}}',
	'{"constructor": {"prototype": {"polluted": true}}}',
	deep(60),
	deep(30_000),
	'[1]',
	'{"n": 4, "num_images": 4}',
	'https://user:pass@host.example/x.png',
	'http://169.254.169.254/latest/meta-data',
	'data:image/png;base64,AAAA',
	'javascript:alert(1)',
];

/** Parameters that an item fills from its own JSON. */
const fields = [
	'model',
	'prompt',
	'additional',
	'fileName',
	'binaryField',
	'negative',
	'seed',
	'ratio',
] as const;
const usual: Record<(typeof fields)[number], unknown> = {
	model: '',
	prompt: 'a fox',
	additional: '',
	fileName: '',
	binaryField: 'data',
	negative: '',
	seed: 7,
	ratio: '1:1',
};

const parameters = (provider: ProviderId, operation: string): INodeParameters => ({
	provider: `={{ "${provider}" }}`,
	operation,
	model: { __rl: true, mode: 'id', value: '={{ $json.model }}' },
	prompt: '={{ $json.prompt }}',
	sizing: 'aspectRatio',
	aspectRatio: '={{ $json.ratio }}',
	options: `={{ {
		additionalFields: $json.additional, fileName: $json.fileName, binaryField: $json.binaryField,
		negativePrompt: $json.negative, seed: $json.seed, timeout: 20
	} }}`,
});

/** One to three fields of an item with hostile values. */
const hostileItem = fc
	.array(fc.tuple(fc.constantFrom(...fields), fc.constantFrom(...hostileValues)), { maxLength: 3 })
	.map((changes) => ({ ...usual, ...Object.fromEntries(changes) }));

const jobIdOf = (value: unknown) => (value as { id?: string } | null | undefined)?.id;

/** Ids of the jobs that an outcome names, each as often as it names it. */
function listedJobs({ items, errorItems, error }: NodeRun): Array<string | undefined> {
	const ofItems = [...items, ...errorItems].map(
		({ json }) =>
			jobIdOf(json['job']) ?? jobIdOf((json['details'] as { job?: unknown } | undefined)?.job),
	);
	const ofError = ((error?.context as { jobs?: unknown[] } | undefined)?.jobs ?? []).map(jobIdOf);
	return [...ofItems, ...ofError].filter((id) => id !== undefined);
}

const isImage = ({ json, binary }: INodeExecutionData) =>
	!('error' in json) && (json['job'] as { status?: string }).status === 'succeeded' && binary !== undefined;
const isError = ({ json }: INodeExecutionData) =>
	typeof json['error'] === 'string' && typeof (json['details'] as { code?: unknown }).code === 'string';

const requestCount = () => fixture.emulator.requests.length;
const pause = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

describe.each(['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const)(
	'with %s',
	(onError) => {
		it.each<[ProviderId, 'generate' | 'edit']>([
			['blackForestLabs', 'generate'],
			['fal', 'generate'],
			['theRouter', 'edit'],
			['sdServer', 'generate'],
			['openAiCompatible', 'edit'],
			['lumenfall', 'generate'],
		])(
			'%s %s turns any input into images and errors, and forgets no job',
			async (provider, operation) => {
				const photo = await picture(64, 64);
				await fc.assert(
					fc.asyncProperty(
						fc.array(hostileItem, { minLength: 2, maxLength: 6 }),
						async (inputs) => {
							fixture.emulator.clear();
							const items = inputs.map((json) => ({
								json: json as never,
								...withBinary(photo),
							}));
							const run = await fixture.run(parameters(provider, operation), {
								items,
								onError,
							});
							const atEnd = requestCount();
							await pause(40);
							expect(requestCount()).toBe(atEnd);

							const accepted = fixture.emulator.jobs.map(({ id }) => id);
							if (
								fixture.emulator.jobs.every(
									({ provider: of }) => of !== 'openAiCompatible' && of !== 'lumenfall',
								)
							)
								expect([...new Set(listedJobs(run))].sort()).toEqual(
									expect.arrayContaining([...accepted].sort()),
								);
							if (onError === 'stopWorkflow' && run.error) {
								expect(['NodeApiError', 'NodeOperationError']).toContain(run.error.name);
								return;
							}
							expect(run.error).toBeNull();
							const all = [...run.items, ...run.errorItems];
							expect(all.filter((item) => !isImage(item) && !isError(item))).toEqual([]);
							const answered = new Set(
								all.map(({ pairedItem }) => (pairedItem as { item: number }).item),
							);
							expect([...answered].sort()).toEqual(inputs.map((_, index) => index));
						},
					),
					{ numRuns: 12 },
				);
				expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
			},
			120_000,
		);
	},
);

it('a model that no URL can hold keeps no other item from running', async () => {
	const items = Array.from({ length: 30 }, (_, index) => ({
		json: { ...usual, model: index === 0 ? 'x\ud83d' : '' } as never,
	}));
	const run = await fixture.run(parameters('blackForestLabs', 'generate'), {
		items,
		onError: 'continueRegularOutput',
	});
	expect(run.items.filter(isImage)).toHaveLength(29);
	expect(run.items[0]?.json['error']).toBe(
		`'Model' "x\ufffd" cannot be the id of a model: it has a character in it that no id has [Item 0]`,
	);
});
