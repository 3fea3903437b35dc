const compact = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** When a link that is signed at a time for so many seconds runs out: Amazon's and Google's, in the same form. */
function signedFor(query: URLSearchParams, prefix: string): number {
	const madeAt = (query.get(`${prefix}-Date`) ?? '').replace(compact, '$1-$2-$3T$4:$5:$6Z');
	return Date.parse(madeAt) + Number(query.get(`${prefix}-Expires`)) * 1000;
}

/** By the parameter that names the end, how to read it. */
const readers: Readonly<Record<string, (query: URLSearchParams) => number>> = {
	'X-Amz-Expires': (query) => signedFor(query, 'X-Amz'),
	'X-Goog-Expires': (query) => signedFor(query, 'X-Goog'),
	// Azure's shared access signature.
	se: (query) => Date.parse(query.get('se') ?? ''),
	// CloudFront, and older links of Amazon and Google: seconds since the epoch.
	Expires: (query) => Number(query.get('Expires')) * 1000,
};

/** When a link runs out by its own words, and which of its parameters says so; `null` where none does. */
export function endOf(url: string): { at: number; parameter: string } | null {
	const { searchParams } = new URL(url);
	const parameter = Object.keys(readers).find((name) => searchParams.has(name));
	const at = parameter === undefined ? Number.NaN : (readers[parameter]?.(searchParams) ?? Number.NaN);
	return parameter === undefined || Number.isNaN(at) ? null : { at, parameter };
}
