import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isObject } from '../core/base/json';
import type { Handle } from '../core/job/snapshot';
import { callbackOf, type Provider } from '../core/provider';
import type { SignatureCheck, WebhookDelivery } from '../webhooks/verification';

/** Reads headers and raw body of a webhook. */
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

/** Creates the handle of the job that a payload is about; `null` where the payload names none. */
export function jobFromWebhook(provider: Provider, payload: unknown, model: string): Handle | null {
	const callback = callbackOf(provider);
	if (!callback) return null;
	const id = callback.idPath.reduce<unknown>(
		(value, name) => (isObject(value) ? value[name] : null),
		payload,
	);
	if (typeof id !== 'string') return null;
	const handle = provider.readHandle(callback.createHandle(id, model));
	return handle.ok ? handle.value : null;
}

/** Responds to a webhook directly, because n8n offers no other way to set the status. */
export function respond(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	const response = context.getResponseObject() as unknown as {
		headersSent: boolean;
		status(code: number): { json(body: object): void };
	};
	if (!response.headersSent) response.status(status).json({ message });
	return { noWebhookResponse: true };
}

/** Responds to a webhook whose signature does not prove that it comes from the provider. */
export function refuseSignature(
	context: IWebhookFunctions,
	check: Exclude<SignatureCheck, 'valid'>,
): IWebhookResponseData {
	return check === 'invalid'
		? respond(context, 401, 'The signature is invalid')
		: // The status makes the provider repeat the webhook.
			respond(context, 503, 'The keys of the signature could not be requested');
}
