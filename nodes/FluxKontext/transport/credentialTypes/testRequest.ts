import type { ICredentialTestRequest } from 'n8n-workflow';

type TestRequest = ICredentialTestRequest['request'];

/**
 * Writes the JavaScript expression for the credential's base URL without its query, which `authenticate`
 * adds, and without trailing slashes.
 */
export const baseUrlExpression = (defaultUrl: string): string =>
	`(($credentials.baseUrl || "").trim() || "${defaultUrl}").split("?")[0].replace(/\\/+$/, "")`;

/** Builds a GET request for `path` below the base URL, which succeeds if the key is valid. */
export const testRequest = (defaultUrl: string, path: string): TestRequest => ({
	baseURL: `={{${baseUrlExpression(defaultUrl)}}}`,
	url: path,
	// When n8n follows a redirect, it sends the key along, even to another host.
	disableFollowRedirect: true,
});

/**
 * Fails the test only on a redirect, a rejected key, a rate limit or a server error, for providers without a
 * request that checks a key. Other statuses pass, such as "not found" for a job that does not exist.
 */
export const failOnRejectedKey: Pick<TestRequest, 'ignoreHttpStatusErrors'> = {
	ignoreHttpStatusErrors: {
		ignore: true,
		except: [301, 302, 307, 308, 401, 403, 429, 500, 502, 503, 504],
	},
};
