import axios from 'axios';

import type { EmulatedJob, Emulator } from '../../tools/emulator';

/** Returns the callback URL that came with a job's submit: in its body or, at fal, in its query. */
export function callbackUrlOf({ requests, origin }: Emulator, job: EmulatedJob): string {
	const { webhook_url: bfl, webhook, callBackUrl } = job.body as Record<string, string | undefined>;
	const queryUrls = requests
		.filter(({ stage }) => stage === 'submit')
		.map(({ path }) => new URL(path, origin).searchParams.get('fal_webhook'));
	return bfl ?? webhook ?? callBackUrl ?? queryUrls.find(Boolean) ?? '';
}

/** Creates a callback body that names a job in the fields of every provider. */
export const callbackBody = (id: string) => ({ id, request_id: id, data: { taskId: id } });

/** Posts a callback and resolves to the status of the response. */
export const postCallback = async (url: string, body: object, headers = {}): Promise<number> =>
	(await axios.post(url, body, { headers, proxy: false, validateStatus: () => true })).status;
