import axios, { type AxiosInstance, type AxiosResponse } from 'axios';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readFileIfExists } from './files';

/** The sign-in data of n8n's owner. */
export interface Owner {
	email: string;
	password: string;
}

/**
 * Access to a running n8n as its owner. It signs in with the first request, and creates the owner if there is
 * none.
 */
export interface Session {
	owner: () => Promise<Owner>;
	/** Calls n8n's REST API and resolves to the `data` of its response. Rejects on any status from 300. */
	rest: <T>(method: string, path: string, body?: unknown) => Promise<T>;
	/** Gets a REST resource that is not JSON. Rejects on any status but 200. */
	download: (path: string, params: Record<string, string>) => Promise<Buffer>;
}

const REST_TIMEOUT_MS = 30_000;

/**
 * Reads the owner that was saved beside n8n's own files for later starts on the same folder, or invents one.
 */
async function savedOwner(file: string): Promise<{ owner: Owner; isNew: boolean }> {
	const saved = await readFileIfExists(file);
	if (saved !== undefined) return { owner: JSON.parse(saved) as Owner, isNew: false };
	const owner = { email: 'owner@example.com', password: `Flux1-${randomBytes(9).toString('base64url')}` };
	return { owner, isNew: true };
}

function dataOf<T>(response: AxiosResponse<{ data: T; message?: string }>, request: string): T {
	const { status, data } = response;
	if (status < 300) return data.data;
	throw new Error(`n8n answered ${request} with ${status}: ${data.message ?? JSON.stringify(data)}`);
}

async function signIn(http: AxiosInstance, ownerFile: string): Promise<{ owner: Owner; cookie: string }> {
	const { owner, isNew } = await savedOwner(ownerFile);
	const response = isNew
		? await http.post('/rest/owner/setup', { ...owner, firstName: 'Flux', lastName: 'Kontext' })
		: await http.post('/rest/login', { emailOrLdapLoginId: owner.email, password: owner.password });
	dataOf(response, isNew ? 'the owner set-up' : 'the sign-in');
	if (isNew) await writeFile(ownerFile, JSON.stringify(owner), { mode: 0o600 });
	const cookie = (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
	return { owner, cookie };
}

/** Creates a session of the n8n at a URL, whose owner is saved in its user folder. Sends nothing yet. */
export function createSession(url: string, userFolder: string): Session {
	const http = axios.create({
		baseURL: url,
		timeout: REST_TIMEOUT_MS,
		proxy: false,
		validateStatus: () => true,
	});
	let pendingSignIn: ReturnType<typeof signIn> | undefined;
	const signedIn = async () => await (pendingSignIn ??= signIn(http, join(userFolder, 'owner.json')));
	return {
		owner: async () => (await signedIn()).owner,
		rest: async <T>(method: string, path: string, body?: unknown) => {
			const { cookie } = await signedIn();
			const request = { method, url: `/rest${path}`, data: body, headers: { cookie } };
			return dataOf<T>(await http.request(request), `${method} /rest${path}`);
		},
		download: async (path, params) => {
			const { cookie } = await signedIn();
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
