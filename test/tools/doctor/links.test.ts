import { readLinkExpiry } from '../../../tools/doctor/links';

const expiry = Date.parse('2026-11-20T13:00:00Z');

it.each([
	['Amazon', 'X-Amz-Date=20261120T120000Z&X-Amz-Expires=3600', 'X-Amz-Expires'],
	['Google', 'X-Goog-Date=20261120T124000Z&X-Goog-Expires=1200', 'X-Goog-Expires'],
	['Azure', 'se=2026-11-20T13%3A00%3A00Z&sp=r', 'se'],
	['CloudFront', `Expires=${expiry / 1000}&Key-Pair-Id=K`, 'Expires'],
])('reads the expiry of a link signed by %s', (_, query, parameter) => {
	expect(readLinkExpiry(`https://files.example/a.png?${query}`)).toEqual({ at: expiry, parameter });
});

it.each([
	'',
	'?size=large',
	'?se=tomorrow',
	'?Expires=soon',
	'?X-Amz-Expires=3600',
	'?X-Amz-Date=now&X-Amz-Expires=3600',
])('finds no expiry in a link with the query "%s"', (query) => {
	expect(readLinkExpiry(`https://files.example/a.png${query}`)).toBeNull();
});
