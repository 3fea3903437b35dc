import axios from 'axios';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Lane } from '../processes/lanes';

interface Accepted {
	polling_url: string;
}

interface Looked {
	status: string;
	result: { sample: string } | null;
}

/** Submit, then look every so often, at Black Forest Labs. */
export async function fixedPoll({ providers }: Lane, everyMs: number): Promise<void> {
	const { baseUrl, apiKey } = providers.blackForestLabs;
	const http = axios.create({ headers: { 'x-key': apiKey }, proxy: false });
	const { data: accepted } = await http.post<Accepted>(`${baseUrl}/v1/flux-kontext-pro`, {
		prompt: 'a valley',
	});
	for (;;) {
		await sleep(everyMs);
		const { data } = await http.get<Looked>(accepted.polling_url);
		if (!data.result) continue;
		await axios.get(data.result.sample, { responseType: 'arraybuffer', proxy: false });
		return;
	}
}
