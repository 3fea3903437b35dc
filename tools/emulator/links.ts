import { createHmac, randomBytes } from 'node:crypto';
import type { EmulatedJob } from './types';

/** Storage service whose signed URLs and error responses are imitated. */
export type LinkStyle = 's3' | 'azure';

/** How a provider signs the URLs of its images. */
export interface LinkRule {
	style: LinkStyle;
	/** Time for which a URL is valid, from the end of its job. */
	lifeMs: number;
}

/** Signs the URLs of images. The URL of an image is the same every time. */
export class LinkSigner {
	readonly #secret = randomBytes(32);

	/** Returns the signed path and query of a job's image on the file server. */
	pathTo(job: EmulatedJob, index: number, rule: LinkRule): string {
		const path = `/${job.provider}/${job.id}/${index}.${job.format}`;
		const signedAt = Math.floor(job.endsAt / 1000) * 1000;
		const signature = createHmac('sha256', this.#secret).update(`${path}\n${signedAt}`).digest();
		const query = new URLSearchParams(queries[rule.style](signedAt, rule.lifeMs, signature));
		return `${path}?${query.toString()}`;
	}
}

/** Returns the time up to which the links of a finished job are valid, in milliseconds since the epoch. */
export const linkExpiresAt = (job: EmulatedJob, { lifeMs }: LinkRule): number => job.endsAt + lifeMs;

type Query = (signedAt: number, lifeMs: number, signature: Buffer) => Record<string, string>;

const queries: Record<LinkStyle, Query> = {
	azure: (signedAt, lifeMs, signature) => ({
		se: new Date(signedAt + lifeMs).toISOString(),
		sp: 'r',
		sig: signature.toString('base64'),
	}),
	s3: (signedAt, lifeMs, signature) => ({
		'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
		'X-Amz-Date': new Date(signedAt).toISOString().replace(/[-:]|\.\d+/g, ''),
		'X-Amz-Expires': String(lifeMs / 1000),
		'X-Amz-Signature': signature.toString('hex'),
	}),
};

/** Error bodies of the storage services: those that differ by service under its `LinkStyle`. */
export const storageErrors = {
	expired: {
		s3: storageError('AccessDenied', 'Request has expired'),
		azure: storageError('AuthenticationFailed', 'Signature not valid in the specified time frame'),
	},
	badSignature: {
		s3: storageError('SignatureDoesNotMatch', 'The signature we calculated is not the one you provided'),
		azure: storageError('AuthenticationFailed', 'Signature did not match'),
	},
	twoCredentials: storageError(
		'InvalidArgument',
		'Only one auth mechanism allowed: the query string or a header',
	),
	notFound: storageError('NoSuchKey', 'The specified key does not exist.'),
};

/** Formats an error as S3 and Azure Blob Storage do. */
export function storageError(code: string, message: string): string {
	const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
	return `<?xml version="1.0" encoding="UTF-8"?>\n${error}`;
}
