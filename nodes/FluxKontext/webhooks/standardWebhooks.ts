import { createHmac, timingSafeEqual } from 'node:crypto';

import type { VerificationKeys } from '../core/base/keyCache';
import { isSuccess } from '../core/http/status';
import { providerContext, sendAuthenticated } from '../core/job/context';
import type { CallbackSignature } from '../core/provider';
import {
	isRecent,
	verifyWithKeys,
	type SignatureCheck,
	type SignatureContext,
	type WebhookDelivery,
} from './verification';

type StandardWebhooksSignature = Extract<CallbackSignature, { kind: 'standardWebhooks' }>;

/** Bytes of an HMAC-SHA256. */
const MAC_BYTES = 32;
/** Marks an entry of the header as an HMAC-SHA256. */
const VERSION = 'v1,';

/** Requests the secret of the account, with the key. Never rejects. */
async function requestSecret(
	context: SignatureContext,
	{ secret, parseSecret }: StandardWebhooksSignature,
): Promise<VerificationKeys> {
	const { statusTimeoutMs } = context.engine.limits;
	const request = secret(providerContext(context));
	const outcome = await sendAuthenticated(context, request, {
		timeoutMs: statusTimeoutMs,
		signal: context.signal,
	});
	if (outcome.kind !== 'response' || !isSuccess(outcome.response)) return null;
	const parsed = parseSecret(outcome.response);
	return parsed.ok ? [parsed.value] : null;
}

/** Reads the signatures of a header that lists several, separated by spaces. */
const signaturesOf = (header: string): Buffer[] =>
	header
		.split(' ')
		.filter((entry) => entry.startsWith(VERSION))
		.map((entry) => Buffer.from(entry.slice(VERSION.length), 'base64'))
		.filter(({ length }) => length === MAC_BYTES);

/** Verifies a signature by the rules of standardwebhooks.com. May send one request. Never rejects. */
export async function verifyStandardWebhook(
	context: SignatureContext,
	signature: StandardWebhooksSignature,
	{ headers, rawBody }: WebhookDelivery,
): Promise<SignatureCheck> {
	const id = headers['webhook-id'] ?? '';
	const timestamp = headers['webhook-timestamp'] ?? '';
	const signatures = signaturesOf(headers['webhook-signature'] ?? '');
	if (id === '' || signatures.length === 0 || !isRecent(timestamp, context.ports.now())) return 'invalid';
	return await verifyWithKeys(
		context,
		`secret ${context.provider.id} ${context.baseUrl} ${context.keyFingerprint ?? ''}`,
		async () => await requestSecret(context, signature),
		(secret) => {
			const key = Buffer.from(String(secret).replace(/^whsec_/, ''), 'base64');
			const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(rawBody).digest();
			return signatures.some((candidate) => timingSafeEqual(candidate, expected));
		},
	);
}
