import axios, { type AxiosRequestConfig, type AxiosResponse } from 'axios';

/** Longer than any workflow of the tests runs, so that a test's own timeout comes first. */
const WEBHOOK_TIMEOUT_MS = 180_000;

/**
 * Posts to a webhook. JSON is returned parsed, anything else as a Buffer. Rejects on no status, only without
 * a response.
 */
export async function postWebhook<T>(
	url: string,
	body: unknown,
	config?: AxiosRequestConfig,
): Promise<AxiosResponse<T>> {
	const response = await axios.post<ArrayBuffer>(url, body, {
		timeout: WEBHOOK_TIMEOUT_MS,
		...config,
		proxy: false,
		responseType: 'arraybuffer',
		maxContentLength: Infinity,
		maxBodyLength: Infinity,
		validateStatus: () => true,
	});
	const bytes = Buffer.from(response.data);
	const isJson = String(response.headers['content-type']).includes('application/json');
	return { ...response, data: (isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : bytes) as T };
}
