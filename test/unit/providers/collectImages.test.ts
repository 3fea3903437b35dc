import { MAX_IMAGES } from '../../../nodes/FluxKontext/core/base/limits';
import { collectImages, sortByIndex } from '../../../nodes/FluxKontext/providers/shared/collectImages';

// Shapes of public bug reports and of providers' documents, each at the place where images are documented.

const expiresAt = '2026-12-01T00:00:00.000Z';
const place = { baseUrl: 'https://api.example/v1', expiresAt };
const link = 'https://files.example/a.png';
const png =
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const linked = (url: string) => ({ kind: 'url', url, expiresAt });
const embedded = { kind: 'base64', data: png };

it.each<[string, unknown]>([
	['a link', link],
	['a list with a link', [link]],
	['an object with `url`', { url: link }],
	['a list of objects with `url`', [{ url: link }]],
	['`image_url`', { image_url: link, cost: 1 }],
	['`image` as an object', { image: { url: link } }],
	['`image` as text', { image: link }],
	['`images` of texts', { images: [link] }],
	['`images` of objects', { images: [{ url: link, content_type: 'image/png' }] }],
	['`data` of objects', { data: [{ url: link }] }],
	['`output` within `output`', { output: { result: [link] } }],
	[
		'a link beside entries that are none',
		[null, 7, 'processing', '', {}, { url: null }, link, { b64_json: '' }],
	],
	['a link with a type that is no image', [{ type: 'file', url: link }]],
])('reads %s', (_, value) => {
	expect(collectImages(value, place)).toEqual([linked(link)]);
});

it.each<[string, unknown]>([
	['a data URI', `data:image/png;base64,${png}`],
	['bare base64', png],
	['`image_url` as a data URI', { image_url: `data:image/png;base64,${png}` }],
	['`b64_json`', { data: [{ b64_json: png }] }],
	['`b64_json` as a data URI', { b64_json: `data:image/png;base64,${png}` }],
	['`images` with `data`', { images: [{ data: png }] }],
	['`b64_json` rather than a link beside it', { url: link, b64_json: png }],
])('reads %s as an embedded image', (_, value) => {
	expect(collectImages(value, place)).toEqual([embedded]);
});

it('resolves a path against the origin of the API', () => {
	expect(collectImages('/files/a b.png', place)).toEqual([linked('https://api.example/files/a%20b.png')]);
});

it('keeps a link that is not on the web, so that the error can show it', () => {
	expect(collectImages('file:///tmp/a.png', place)).toEqual([linked('file:///tmp/a.png')]);
});

it.each([
	[null],
	[undefined],
	['a fox'],
	['Note: soon'],
	[7],
	[true],
	[{ message: link }],
	['http://[bad'],
	[[[[[[[[link]]]]]]]],
])('finds no image in %j', (value) => {
	expect(collectImages(value, place)).toEqual([]);
});

it('reads at most `MAX_IMAGES`', () => {
	expect(collectImages(Array(MAX_IMAGES + 5).fill(link), place)).toHaveLength(MAX_IMAGES);
});

it('sorts entries by their index, and leaves those without one at the front', () => {
	expect(sortByIndex([{ index: 2 }, { index: 1 }, 'x'])).toEqual(['x', { index: 1 }, { index: 2 }]);
});
