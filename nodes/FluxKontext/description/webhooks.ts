import type { IWebhookDescription } from 'n8n-workflow';

/** Where providers call an execution that sleeps; n8n routes by the execution's id and checks its token. */
export const resumeWebhooks: IWebhookDescription[] = [
	{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: '', restartWebhook: true },
];
