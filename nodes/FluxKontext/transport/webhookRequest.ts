import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isObject } from '../core/base/json';
import type { Handle, Provider } from '../core/provider';
import type { WebhookDelivery } from '../webhooks/signature';

/** A call as it came; its raw body is what is signed. */
export function readDelivery(context: IWebhookFunctions): WebhookDelivery {
	const { headers, rawBody } = context.getRequestObject() as {
		headers: Record<string, string | string[] | undefined>;
		rawBody?: Buffer;
	};
	return {
		headers: Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [
				name.toLowerCase(),
				Array.isArray(value) ? value.join(', ') : value,
			]),
		),
		rawBody: rawBody ?? Buffer.from(JSON.stringify(context.getBodyData())),
	};
}

/** The job that a call is about; `null` where it names none. */
export function jobFromWebhook(
	{ callback, readHandle }: Provider,
	body: unknown,
	model: string,
): Handle | null {
	const id = callback?.idPath.reduce<unknown>(
		(value, name) => (isObject(value) ? value[name] : null),
		body,
	);
	const handle = callback && typeof id === 'string' ? readHandle(callback.createHandle(id, model)) : null;
	return handle?.ok ? handle.value : null;
}

/** Answers a call by ourselves, as n8n has no other way to say with which status. */
export function respond(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	const response = context.getResponseObject() as unknown as {
		headersSent: boolean;
		status(code: number): { json(body: object): void };
	};
	if (!response.headersSent) response.status(status).json({ message });
	return { noWebhookResponse: true };
}
