/** Expiry of a signed URL. */
export interface LinkExpiry {
	/** Milliseconds since the epoch. */
	at: number;
	/** Query parameter that states it. */
	parameter: string;
}

/** ISO 8601 without separators, as Amazon and Google write it. */
const COMPACT_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Reads a date of signing and a lifetime in seconds, the form that Amazon and Google share. */
function readSignedLifetime(query: URLSearchParams, prefix: string): number {
	const signedAt = (query.get(`${prefix}-Date`) ?? '').replace(COMPACT_DATE, '$1-$2-$3T$4:$5:$6Z');
	return Date.parse(signedAt) + Number(query.get(`${prefix}-Expires`)) * 1000;
}

/**
 * Readers of the expiry by the query parameter that states it. Each returns NaN for a value that it cannot
 * read.
 */
const readers: Readonly<Record<string, (query: URLSearchParams) => number>> = {
	'X-Amz-Expires': (query) => readSignedLifetime(query, 'X-Amz'),
	'X-Goog-Expires': (query) => readSignedLifetime(query, 'X-Goog'),
	// Azure's shared access signature.
	se: (query) => Date.parse(query.get('se') ?? ''),
	// CloudFront, and older links of Amazon and Google: seconds since the epoch.
	Expires: (query) => Number(query.get('Expires')) * 1000,
};

/** Reads the expiry of a signed URL from its query; `null` if it states none that can be read. */
export function readLinkExpiry(url: string): LinkExpiry | null {
	const { searchParams } = new URL(url);
	const parameter = Object.keys(readers).find((name) => searchParams.has(name));
	if (parameter === undefined) return null;
	const at = readers[parameter]?.(searchParams) ?? Number.NaN;
	return Number.isNaN(at) ? null : { at, parameter };
}
