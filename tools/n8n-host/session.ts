import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readIfThere } from './cached-folder';

export interface Owner {
	email: string;
	password: string;
}

export interface Session {
	owner: () => Promise<Owner>;
	/** n8n's REST API as the signed-in owner; the `data` of its answer. */
	rest: <T>(method: string, path: string, body?: unknown) => Promise<T>;
	/** The same, for what is not JSON. */
	download: (path: string, params: Record<string, string>) => Promise<Buffer>;
}

const REST_TIMEOUT_MS = 30_000;

/** Kept beside n8n's own files, so that a second start on the same folder can sign in again. */
async function savedOwner(file: string): Promise<{ owner: Owner; fresh: boolean }> {
	const saved = await readIfThere(file);
	if (saved !== undefined) return { owner: JSON.parse(saved) as Owner, fresh: false };
	const owner = { email: 'owner@example.com', password: `Flux1-${randomBytes(9).toString('base64url')}` };
	return { owner, fresh: true };
}

function dataOf<T>(response: AxiosResponse<{ data: T; message?: string }>, what: string): T {
	if (response.status < 300) return response.data.data;
	throw new Error(
		`n8n answered ${what} with ${response.status}: ${response.data.message ?? JSON.stringify(response.data)}`,
	);
}

async function signIn(http: AxiosInstance, file: string): Promise<{ owner: Owner; cookie: string }> {
	const { owner, fresh } = await savedOwner(file);
	const response = fresh
		? await http.post('/rest/owner/setup', { ...owner, firstName: 'Flux', lastName: 'Kontext' })
		: await http.post('/rest/login', { emailOrLdapLoginId: owner.email, password: owner.password });
	dataOf(response, fresh ? 'the owner set-up' : 'the sign-in');
	if (fresh) await writeFile(file, JSON.stringify(owner), { mode: 0o600 });
	const cookie = (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
	return { owner, cookie };
}

export function session(url: string, userFolder: string): Session {
	const http = axios.create({
		baseURL: url,
		timeout: REST_TIMEOUT_MS,
		proxy: false,
		validateStatus: () => true,
	});
	let signedIn: ReturnType<typeof signIn> | undefined;
	const entered = async () => await (signedIn ??= signIn(http, join(userFolder, 'owner.json')));
	return {
		owner: async () => (await entered()).owner,
		rest: async <T>(method: string, path: string, body?: unknown) => {
			const { cookie } = await entered();
			const request = { method, url: `/rest${path}`, data: body, headers: { cookie } };
			return dataOf<T>(await http.request(request), `${method} /rest${path}`);
		},
		download: async (path, params) => {
			const { cookie } = await entered();
			const response = await http.get<ArrayBuffer>(`/rest${path}`, {
				params,
				headers: { cookie },
				responseType: 'arraybuffer',
			});
			if (response.status !== 200)
				throw new Error(`n8n answered GET /rest${path} with ${response.status}`);
			return Buffer.from(response.data);
		},
	};
}
