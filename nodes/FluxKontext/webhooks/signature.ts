import { createHmac, timingSafeEqual } from 'node:crypto';

import { callbackOf } from '../core/provider';
import { verifyEd25519 } from './ed25519';
import { verifyStandardWebhook } from './standardWebhooks';
import type { SignatureCheck, SignatureContext, WebhookDelivery } from './verification';

/** HMAC-SHA256 in hex, with or without the name of the algorithm. */
const HEX_MAC = /^(?:sha256=)?([0-9a-f]{64})$/i;

/** Compares two texts in a time that does not depend on where they differ. */
export function equalsInConstantTime(left: string, right: string): boolean {
	const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
	return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

function verifyHmac(header: string, { headers, rawBody }: WebhookDelivery, secret: string): SignatureCheck {
	const [, mac] = HEX_MAC.exec(headers[header] ?? '') ?? [];
	if (mac === undefined) return 'invalid';
	const expected = createHmac('sha256', secret).update(rawBody).digest('hex');
	return equalsInConstantTime(mac.toLowerCase(), expected) ? 'valid' : 'invalid';
}

/**
 * Verifies that a webhook comes from the provider, as far as the provider signs its webhooks. `secret` is the
 * one that the submit carried. May send a request for keys, which are kept in the engine. Never rejects.
 */
export async function verifySignature(
	context: SignatureContext,
	delivery: WebhookDelivery,
	secret: string,
): Promise<SignatureCheck> {
	const signature = callbackOf(context.provider)?.signature;
	switch (signature?.kind) {
		case undefined:
			return 'valid';
		case 'hmac':
			return verifyHmac(signature.header, delivery, secret);
		case 'standardWebhooks':
			return await verifyStandardWebhook(context, signature, delivery);
		case 'ed25519':
			return await verifyEd25519(context, signature, delivery);
	}
}
