import { createHmac, randomBytes } from 'node:crypto';
import type { EmulatedJob } from './types';

export type LinkStyle = 's3' | 'azure';

export interface LinkRule {
	style: LinkStyle;
	lifeMs: number;
}

/** Signs addresses of images: the same job has the same address every time it is asked. */
export class LinkSigner {
	readonly #secret = randomBytes(32);

	pathTo(job: EmulatedJob, index: number, rule: LinkRule): string {
		const path = `/${job.provider}/${job.id}/${index}.${job.format}`;
		const madeAt = Math.floor(job.endsAt / 1000) * 1000;
		const signature = createHmac('sha256', this.#secret).update(`${path}\n${madeAt}`).digest();
		const query = new URLSearchParams(queries[rule.style](madeAt, rule.lifeMs, signature));
		return `${path}?${query.toString()}`;
	}
}

export const linkExpiresAt = (job: EmulatedJob, { lifeMs }: LinkRule): number => job.endsAt + lifeMs;

type Query = (madeAt: number, lifeMs: number, signature: Buffer) => Record<string, string>;

const queries: Record<LinkStyle, Query> = {
	azure: (at, lifeMs, signature) => ({
		se: new Date(at + lifeMs).toISOString(),
		sp: 'r',
		sig: signature.toString('base64'),
	}),
	s3: (at, lifeMs, signature) => ({
		'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
		'X-Amz-Date': new Date(at).toISOString().replace(/[-:]|\.\d+/g, ''),
		'X-Amz-Expires': String(lifeMs / 1000),
		'X-Amz-Signature': signature.toString('hex'),
	}),
};

/** The storage's answers in its own XML. */
export const storageErrors = {
	expired: {
		s3: xml('AccessDenied', 'Request has expired'),
		azure: xml('AuthenticationFailed', 'Signature not valid in the specified time frame'),
	},
	forged: {
		s3: xml('SignatureDoesNotMatch', 'The signature we calculated is not the one you provided'),
		azure: xml('AuthenticationFailed', 'Signature did not match'),
	},
	twoKeys: xml('InvalidArgument', 'Only one auth mechanism allowed: the query string or a header'),
	absent: xml('NoSuchKey', 'The specified key does not exist.'),
};

export function xml(code: string, message: string): string {
	const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
	return `<?xml version="1.0" encoding="UTF-8"?>\n${error}`;
}
