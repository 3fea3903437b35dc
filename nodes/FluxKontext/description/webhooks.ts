import type { IWebhookDescription } from 'n8n-workflow';

/** Webhook that resumes a suspended execution; n8n routes by the execution's id and checks its token. */
export const resumeWebhooks: IWebhookDescription[] = [
	{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: '', restartWebhook: true },
];

/** Webhook of the trigger, which providers call when a job ends. */
export const triggerWebhooks: IWebhookDescription[] = [
	{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'flux-kontext' },
];
