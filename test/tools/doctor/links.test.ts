import { endOf } from '../../../tools/doctor/links';

const end = Date.parse('2026-11-20T13:00:00Z');

it.each([
	['Amazon', 'X-Amz-Date=20261120T120000Z&X-Amz-Expires=3600', 'X-Amz-Expires'],
	['Google', 'X-Goog-Date=20261120T124000Z&X-Goog-Expires=1200', 'X-Goog-Expires'],
	['Azure', 'se=2026-11-20T13%3A00%3A00Z&sp=r', 'se'],
	['CloudFront', `Expires=${end / 1000}&Key-Pair-Id=K`, 'Expires'],
])('reads the end of a link of %s', (_, query, parameter) => {
	expect(endOf(`https://files.example/a.png?${query}`)).toEqual({ at: end, parameter });
});

it.each([
	'',
	'?size=large',
	'?se=tomorrow',
	'?Expires=soon',
	'?X-Amz-Expires=3600',
	'?X-Amz-Date=now&X-Amz-Expires=3600',
])('finds none in a link with "%s"', (query) => {
	expect(endOf(`https://files.example/a.png${query}`)).toBeNull();
});
