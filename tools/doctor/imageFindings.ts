import sharp from 'sharp';

import type { DeliveredImage, Delivery } from '../../index';
import { matchesInput } from '../../nodes/FluxKontext/core/request/sizes';
import type { DoctorJob } from './job';
import { readLinkExpiry } from './links';
import { dollars } from './price';
import { confirmed, notApplicable, notConfirmed, type Finding } from './report';
import {
	logRatio,
	ofPixels,
	ratioText,
	reduce,
	type Ratio,
} from '../../nodes/FluxKontext/core/request/ratios';

type Image = DeliveredImage<Buffer>;

/**
 * Tolerance: the catalogue's lifetime starts at the response with the link, the link's own at its signing.
 */
const EXPIRY_TOLERANCE_MS = 60_000;
/**
 * Tolerance as a logarithm: at one megapixel, sides that are multiples of 16 or 32 change the ratio by up to
 * this.
 */
const RATIO_TOLERANCE = 0.04;
/** Tolerance for the rounding of floating-point numbers. */
const COST_TOLERANCE_USD = 1e-6;

const units: ReadonlyArray<readonly [number, string]> = [
	[86_400_000, 'days'],
	[3_600_000, 'hours'],
	[60_000, 'minutes'],
];

/** Formats a duration in the largest unit of which it holds at least two. */
function formatDuration(ms: number): string {
	const [size, name] = units.find(([unit]) => ms >= 2 * unit) ?? [1_000, 'seconds'];
	return `${Number((ms / size).toFixed(1))} ${name}`;
}

/**
 * Reports the host of the image. The engine downloads without the key, so the download itself proves the
 * link.
 */
function linkFinding({ url }: Image, baseUrl: string): Finding {
	if (url === null) return notApplicable('link', 'the image was in the response');
	const { host, origin } = new URL(url);
	const relation = origin === new URL(baseUrl).origin ? 'the host of the API' : 'another host than the API';
	return confirmed('link', `the image came from ${host}, ${relation}, without the key`);
}

function lifetimeFinding({ url, urlExpiresAt }: Image, now: number): Finding {
	if (url === null) return notApplicable('lifetime', 'there is no link');
	const expiry = readLinkExpiry(url);
	const expectedEnd = urlExpiresAt === null ? null : Date.parse(urlExpiresAt);
	const expectation =
		expectedEnd === null
			? 'the node does not say how long it works'
			: `the node says ${formatDuration(expectedEnd - now)}`;
	if (!expiry) return notApplicable('lifetime', `the link names no expiry; ${expectation}`);
	const lifetime = formatDuration(expiry.at - now);
	const detail = `the link works for ${lifetime} by its ${expiry.parameter}; ${expectation}`;
	if (expectedEnd === null) return notApplicable('lifetime', detail);
	return expectedEnd <= expiry.at + EXPIRY_TOLERANCE_MS
		? confirmed('lifetime', detail)
		: notConfirmed('lifetime', detail);
}

async function imageFinding({ value, bytes, info }: Image, { plan }: DoctorJob): Promise<Finding> {
	const requestedFormat = plan.request.options.outputFormat;
	const suffix = requestedFormat === undefined ? '' : `; asked for ${requestedFormat}`;
	const detail = `${info.mimeType}, ${bytes} bytes${suffix}`;
	const decodingError = await sharp(value, { failOn: 'truncated' })
		.stats()
		.then(
			() => null,
			(error: unknown) => String(error),
		);
	if (decodingError !== null)
		return notConfirmed('image', `${detail}; it cannot be decoded: ${decodingError}`);
	return requestedFormat === undefined || info.mimeType === `image/${requestedFormat}`
		? confirmed('image', `${detail}, and whole`)
		: notConfirmed('image', detail);
}

/**
 * Returns the ratio that was requested, or that of the input if the model keeps it; `null` if the model
 * decides.
 */
function expectedRatio({ request: { size, operation }, plan: { spec }, input }: DoctorJob): Ratio | null {
	if (size.kind === 'ratio') return size.ratio;
	if (size.kind === 'pixels') return ofPixels(size);
	return operation === 'edit' && input?.kind === 'bytes' && matchesInput(spec.size, 'auto')
		? reduce(input)
		: null;
}

function sizeFinding({ info }: Image, job: DoctorJob): Finding {
	const { size } = job.request;
	const actual = `${info.width}x${info.height}`;
	const ratio = expectedRatio(job);
	if (ratio === null) return notApplicable('size', `${actual}; no size was asked for`);
	const isMatch =
		size.kind === 'pixels'
			? size.width === info.width && size.height === info.height
			: Math.abs(logRatio(ofPixels(info)) - logRatio(ratio)) <= RATIO_TOLERANCE;
	const requested =
		size.kind === 'pixels'
			? `${size.width}x${size.height} was asked for`
			: size.kind === 'ratio'
				? `${ratioText(ratio)} was asked for`
				: `the input has ${ratioText(ratio)}`;
	const detail = `${actual}; ${requested}`;
	return isMatch ? confirmed('size', detail) : notConfirmed('size', detail);
}

function seedFinding(
	{ options }: DoctorJob['plan']['request'],
	reported: number | null | undefined,
): Finding {
	if (options.seed === undefined) return notApplicable('seed', 'the model takes none');
	if (reported == null)
		return notApplicable('seed', `${options.seed} was sent, and the response names none`);
	return reported === options.seed
		? confirmed('seed', `${reported} was sent and reported`)
		: notConfirmed('seed', `${options.seed} was sent, ${reported} was reported`);
}

function costFinding(expected: number | null, reported: number | null | undefined): Finding {
	const expectation = expected === null ? 'no price was known' : `${dollars(expected)} was expected`;
	if (reported == null) return notApplicable('cost', `the response names none; ${expectation}`);
	const detail = `${dollars(reported)} was charged; ${expectation}`;
	if (expected === null) return notApplicable('cost', detail);
	return Math.abs(reported - expected) < COST_TOLERANCE_USD
		? confirmed('cost', detail)
		: notConfirmed('cost', detail);
}

/** Checks the delivered image and what the provider reported with it. Never rejects. */
export async function imageFindings(
	job: DoctorJob,
	{ images: [image], meta }: Delivery<Buffer>,
	baseUrl: string,
	expectedCost: number | null,
): Promise<Finding[]> {
	if (!image) return [notConfirmed('image', 'there is no image')];
	return [
		linkFinding(image, baseUrl),
		lifetimeFinding(image, Date.now()),
		await imageFinding(image, job),
		sizeFinding(image, job),
		seedFinding(job.plan.request, meta.seed),
		costFinding(expectedCost, meta.cost),
	];
}
