import type { RecordedRequest } from '../../../tools/emulator';
import { requestTable } from '../../../tools/n8n-host/requestTable';

const START = Date.parse('2026-11-20T12:00:00Z');

const request = (changes: Partial<RecordedRequest>): RecordedRequest => ({
	provider: 'fal',
	stage: 'status',
	method: 'GET',
	path: '/fal/requests/1/status',
	headers: {},
	body: null,
	status: 200,
	at: START,
	...changes,
});

describe('the table of requests', () => {
	it('aligns its columns and counts the time from the first row', () => {
		const submit = request({ stage: 'submit', method: 'POST', path: '/fal/flux' });
		const download = request({
			provider: 'files',
			stage: 'download',
			path: '/fal/1/0.png',
			status: 404,
			at: START + 1_250,
		});
		expect(requestTable([submit, download]).split('\n')).toEqual([
			'time    provider  stage     method  path          status',
			'+0.000  fal       submit    POST    /fal/flux     200',
			'+1.250  files     download  GET     /fal/1/0.png  404',
		]);
	});

	it('puts the injected faults among the requests in the order of time', () => {
		const faults = [
			{ stage: 'status', kind: 'status', status: 503, times: 2, at: START + 1 },
			{ provider: 'fal', stage: 'job', kind: 'never', at: START - 1 },
		] as const;
		expect(
			requestTable([request({ at: START })], faults)
				.split('\n')
				.slice(1),
		).toEqual([
			'+0.000  fal       job             fault injected: never, 1 ×',
			'+0.001  fal       status  GET     /fal/requests/1/status           200',
			'+0.002  any       status          fault injected: status 503, 2 ×',
		]);
	});

	it('names a request without an answer', () => {
		expect(requestTable([request({ status: 0 })])).toMatch(/\/status {2}no answer$/);
	});

	it('leaves out the query, which can be a signature, and shortens a long path', () => {
		const path = `/fal/${'x'.repeat(100)}?signature=secret`;
		const table = requestTable([request({ path })]);
		expect(table).toContain(`/fal/${'x'.repeat(64)}…  200`);
		expect(table).not.toContain('secret');
	});

	it('shows the last 100 rows and counts the others', () => {
		const requests = Array.from({ length: 103 }, (_, index) => request({ at: START + 1_000 * index }));
		const lines = requestTable(requests).split('\n');
		expect(lines).toHaveLength(102);
		expect(lines[0]).toBe('(3 earlier rows are not shown)');
		expect(lines[2]).toMatch(/^\+3\.000 /);
	});

	it('is "(none)" without requests and faults', () => {
		expect(requestTable([])).toBe('(none)');
	});
});
