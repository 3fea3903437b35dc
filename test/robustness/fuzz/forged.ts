import { readJob, type JobRecord } from '../../../index';
import type { Handle } from '../../../nodes/FluxKontext/core/job/snapshot';
import { isJobProvider } from '../../../nodes/FluxKontext/core/provider';
import type { FuzzFixture } from './fuzzFixture';
import { genuineScript } from './mutations';
import { acceptedJob, resumeViolations } from './resume';
import { cancellationViolations } from './rules';
import { fillPlaceholders } from './values';

/** Addresses in place of those of a job; most are at an origin that may receive the key. */
const hostileAddresses = [
	'{BASE}/admin/x',
	'{PROXY}/admin/x',
	'{BASE}/predictions',
	'{BASE}/v1/credits',
	'{PROXY}//admin/x',
	'{PROXY}\\admin\\x',
	'{BASE}/../admin/x',
	'{BASE}/%2e%2e/admin/x',
	'{BASE}/%2e%2e%2fadmin%2fx',
	'{LOCALHOST}/admin/x',
	'{FOREIGN}/admin/x',
	'{TRUSTED}/admin/x',
	'https://fal.run/x/y?prompt=a%20fox',
	'https://queue.fal.run/x/y?prompt=a%20fox',
	'https://queue.fal.run:8443/fal-ai/flux-pro/requests/{ID}/status',
	'http://queue.fal.run/fal-ai/flux-pro/requests/{ID}/status',
	'https://queue.fal.run.nobody.invalid/fal-ai/flux-pro/requests/{ID}/status',
	'https://queue.fal.run@127.0.0.1/fal-ai/flux-pro/requests/{ID}/status',
	'https://user:word@api.replicate.com/v1/predictions/{ID}',
	'https://api.replicate.com/predictions/{ID}',
	'https://api.replicate.com/v1/predictions/{ID}/../../models',
	'https://api.replicate.com:444/v1/predictions/{ID}',
	'https://api.bfl.ai/v1/get_result?id={ID}&id=other',
	'https://api.bfl.ai\\@127.0.0.1/v1/get_result?id={ID}',
	'//127.0.0.1/admin/x',
	'/admin/x',
	'/sdcpp/v1/../../admin/jobs/{ID}',
	'/sdcpp/v1/jobs/other',
	'\\\\127.0.0.1\\admin',
	'javascript:alert(1)',
];
/** Additions to the genuine address of a job. */
const additions = ['/../x', '/..%2fx', '/x', '?x=1', '&x=1', '#x', '%2f..%2fx', '\\..\\x', ';x', '//', '/.'];
/** Ids and endpoints that leave their segment, or that are none. */
const hostileSegments = [
	'',
	'.',
	'..',
	'../..',
	'../../admin/x',
	'%2e%2e',
	'..%2f..%2fadmin',
	'a/b',
	'a\\b',
	'..\\..\\admin',
	'x?prompt=a',
	'x#y',
	'x&id=other',
	'x\r\nx-evil: 1',
	'x\u0000',
	'\ud83d',
	'__proto__',
	'admin/x',
	'x/../../admin',
];

/** Lists records of a job with each hostile value in place of each text of the handle, ids included. */
function forgedRecords({ proxy, baseUrl }: FuzzFixture, job: JobRecord<Handle>): unknown[] {
	const fill = (text: string) =>
		fillPlaceholders(text, proxy.placeholders)
			.replaceAll('{BASE}', baseUrl)
			.replaceAll('{ID}', encodeURIComponent(job.id));
	const hostile = [...hostileAddresses, ...hostileSegments].map(fill);
	return Object.entries(job.handle).flatMap(([name, value]) => {
		if (value !== null && typeof value !== 'string') return [];
		const extended = typeof value === 'string' ? additions.map((addition) => value + addition) : [];
		return [...hostile, ...extended].map((text) => ({
			...job,
			...(name === 'id' && { id: text }),
			handle: { ...job.handle, [name]: text },
		}));
	});
}

/** Lists what is wrong with the requests that a forged record leads to. */
async function forgeryViolations(fixture: FuzzFixture, record: unknown): Promise<string[]> {
	const { provider, signer } = fixture;
	const read = readJob(record, provider, signer);
	if (!read.ok) return [];
	const job = read.value;
	const run = await fixture.resume(genuineScript, job, { wait: false, afterMs: 0 });
	const violations = await resumeViolations(fixture, run, job);
	if (!isJobProvider(provider) || !provider.cancel) return violations;
	const cancellation = await fixture.cancel(genuineScript, job);
	return [...violations, ...cancellationViolations(fixture, cancellation, job.id)];
}

/** Defines the test of job records that somebody has written to lead the key elsewhere. */
export function fuzzForged(fixture: FuzzFixture): void {
	it('sends the key to the documented addresses of the job alone, whatever a forged record says', async () => {
		const records = forgedRecords(fixture, await acceptedJob(fixture));
		expect(records.length).toBeGreaterThan(hostileSegments.length);
		const examples: Record<string, string> = {};
		for (const record of records)
			for (const violation of await forgeryViolations(fixture, record))
				examples[violation] ??= JSON.stringify(record);
		expect(examples).toEqual({});
	}, 120_000);

	it('refuses links to images in a record that were not signed with the key', async () => {
		const { provider, signer, baseUrl } = fixture;
		if (isJobProvider(provider)) return;
		const job = await acceptedJob(fixture);
		const handle = { ...job.handle, images: [{ url: `${baseUrl}/admin/x`, expiresAt: null }] };
		expect(readJob(job, provider, signer)).toMatchObject({ ok: true });
		expect(readJob({ ...job, handle }, provider, signer)).toMatchObject({
			ok: false,
			fault: { code: 'invalidRequest' },
		});
	});
}
