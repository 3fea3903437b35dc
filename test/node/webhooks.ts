import { createHmac } from 'node:crypto';

import type { EmulatedJob } from '../../tools/emulator';

/** Creates the body and headers of the webhook with which a provider reports the end of a job. */
export function webhookOf(job: Pick<EmulatedJob, 'id' | 'body'>): {
	body: string;
	headers: Record<string, string>;
} {
	const body = JSON.stringify({ id: job.id, note: 'ü' });
	const { webhook_secret: secret = '' } = job.body as { webhook_secret?: string };
	const signature = createHmac('sha256', secret).update(body).digest('hex');
	return { body, headers: { 'x-bfl-signature': `sha256=${signature}` } };
}
