import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { ProviderId, RecordedForm } from '../../tools/emulator';
import { picture, useNodeFixture, withBinary } from './nodeFixture';

const fixture = useNodeFixture();

/** File names that another node, or whoever sent the file, can give. */
const hostileNames = [
	'',
	' ',
	'.',
	'..',
	'../../etc/passwd',
	'C:\\windows\\x.png',
	'x"; filename="y.png',
	'x\r\nContent-Disposition: form-data; name="n"\r\n\r\n4',
	'\r\n--boundary--\r\n',
	'x\u0000.png',
	'\u202egnp.exe',
	'x\ud83d.png',
	'🦊'.repeat(300),
	'x'.repeat(100_000),
	'%0d%0a%22',
	'__proto__',
	'no extension',
	'x.exe',
];
/** MIME types that do not fit the bytes, or that are none. */
const hostileTypes = [
	'',
	'image/svg+xml',
	'text/html',
	'image/png\r\nx-evil: 1',
	'image/png; name="x"',
	'__proto__',
	'x'.repeat(100_000),
	'multipart/form-data; boundary=x',
];
/** Names of binary fields; a field of this name is there. */
const hostileFields = ['__proto', 'constructor', 'toString', 'a.b', 'a b', 'a"b', '0', '$binary', '{{ 1 }}'];

/** File name that is read the same way in the header of any form. */
const PLAIN = /^[\p{L}\p{N}_ .()-]{1,100}$/u;

const edit = (provider: ProviderId): INodeParameters => ({
	provider,
	operation: 'edit',
	prompt: 'make it night',
	// Small, because each image is drawn.
	sizing: 'pixels',
	width: 256,
	height: 256,
	inputImages: { image: [{ source: 'binary', binaryProperty: '={{ $json.field }}' }] },
	options: { timeout: 20 },
});

const isImage = ({ json, binary }: INodeExecutionData) => !('error' in json) && binary !== undefined;
const sameKeys = (bodies: unknown[]) =>
	new Set(bodies.map((body) => JSON.stringify(Object.keys(body as object).sort())));
const fieldsOf = (form: RecordedForm) => [
	...Object.keys(form.fields).sort(),
	...form.files.map(({ field, mimeType }) => `${field} ${mimeType}`),
];

describe.each<ProviderId>(['lumenfall', 'openAiCompatible', 'runpod'])('an edit at %s', (provider) => {
	it('is the same whatever name, type and field an input image has', async () => {
		const photo = await picture(64, 64);
		const item = (field: string, fileName: string, mimeType: string) => ({
			...withBinary(photo, field, fileName, mimeType),
			json: { field },
		});
		const items = [
			item('data', 'photo.png', 'image/png'),
			...hostileNames.map((fileName) => item('data', fileName, 'image/png')),
			...hostileTypes.map((mimeType) => item('data', 'photo.png', mimeType)),
			...hostileFields.map((field) => item(field, 'photo.png', 'image/png')),
		];
		const run = await fixture.run(edit(provider), { items, onError: 'continueRegularOutput' });
		expect(run.error).toBeNull();
		expect(run.items.filter((output) => !isImage(output)).map(({ json }) => json['error'])).toEqual([]);
		expect(run.items).toHaveLength(items.length);
		const bodies = fixture.submitted();
		expect(sameKeys(bodies).size).toBe(1);
		const forms = provider === 'runpod' ? [] : (bodies as RecordedForm[]);
		// One set of fields and one type of file: nothing was injected.
		expect(new Set(forms.map((form) => fieldsOf(form).join())).size).toBeLessThanOrEqual(1);
		expect(forms.flatMap(({ files }) => files).filter(({ fileName }) => !PLAIN.test(fileName))).toEqual(
			[],
		);
	});
});
