import sharp from 'sharp';

import type { DeliveredImage, Delivery } from '../../index';
import {
	logRatio,
	matchesByItself,
	ofPixels,
	ratioText,
	reduce,
	type Ratio,
} from '../../nodes/FluxKontext/core/request/sizes';
import type { Job } from './job';
import { endOf } from './links';
import { dollars } from './price';
import { confirmed, notApplicable, notConfirmed, type Finding } from './report';

type Image = DeliveredImage<Buffer>;

/** The catalogue's end of a link counts from the answer that had it, the link's own from when it was made. */
const CLOCKS_MS = 60_000;
/** Sides are multiples of 16 or 32: at a megapixel that moves a ratio by this much. */
const RATIO_TOLERANCE = 0.04;

const units: ReadonlyArray<readonly [number, string]> = [
	[86_400_000, 'days'],
	[3_600_000, 'hours'],
	[60_000, 'minutes'],
];

/** In the largest unit of which there are two. */
function duration(ms: number): string {
	const [size, name] = units.find(([unit]) => ms >= 2 * unit) ?? [1_000, 'seconds'];
	return `${Number((ms / size).toFixed(1))} ${name}`;
}

/** It was fetched without the key: that is how the engine fetches. */
function linkFinding({ url }: Image, baseUrl: string): Finding {
	if (url === null) return notApplicable('link', 'the image stood in the answer');
	const own = new URL(url).origin === new URL(baseUrl).origin;
	return confirmed(
		'link',
		`the image came from ${new URL(url).host}, ${own ? 'the host of the API' : 'another host than the API'}, without the key`,
	);
}

function lifetimeFinding({ url, urlExpiresAt }: Image, now: number): Finding {
	if (url === null) return notApplicable('lifetime', 'there is no link');
	const end = endOf(url);
	const believed = urlExpiresAt === null ? null : Date.parse(urlExpiresAt);
	const belief =
		believed === null
			? 'the node does not say how long it works'
			: `the node says ${duration(believed - now)}`;
	if (!end) return notApplicable('lifetime', `the link names no end; ${belief}`);
	const seen = `the link works for ${duration(end.at - now)} by its ${end.parameter}; ${belief}`;
	if (believed === null) return notApplicable('lifetime', seen);
	return believed <= end.at + CLOCKS_MS ? confirmed('lifetime', seen) : notConfirmed('lifetime', seen);
}

async function imageFinding({ value, bytes, info }: Image, { plan }: Job): Promise<Finding> {
	const asked = plan.request.options.outputFormat;
	const seen = `${info.mimeType}, ${bytes} bytes${asked === undefined ? '' : `; asked for ${asked}`}`;
	const trouble = await sharp(value, { failOn: 'truncated' })
		.stats()
		.then(
			() => null,
			(error: unknown) => String(error),
		);
	if (trouble !== null) return notConfirmed('image', `${seen}; it cannot be decoded: ${trouble}`);
	return asked === undefined || info.mimeType === `image/${asked}`
		? confirmed('image', `${seen}, and whole`)
		: notConfirmed('image', seen);
}

/** The shape that was asked for, or that the model is to keep; `null` where it decides by itself. */
function askedRatio({ request: { size, operation }, plan: { spec }, input }: Job): Ratio | null {
	if (size.kind === 'ratio') return size.ratio;
	if (size.kind === 'pixels') return ofPixels(size);
	return operation === 'edit' && input?.kind === 'bytes' && matchesByItself(spec.size, 'auto')
		? reduce(input)
		: null;
}

function sizeFinding({ info }: Image, job: Job): Finding {
	const { size } = job.request;
	const made = `${info.width}x${info.height}`;
	const ratio = askedRatio(job);
	if (ratio === null) return notApplicable('size', `${made}; no size was asked for`);
	const same =
		size.kind === 'pixels'
			? size.width === info.width && size.height === info.height
			: Math.abs(logRatio(ofPixels(info)) - logRatio(ratio)) <= RATIO_TOLERANCE;
	const asked =
		size.kind === 'pixels'
			? `${size.width}x${size.height} was asked for`
			: size.kind === 'ratio'
				? `${ratioText(ratio)} was asked for`
				: `the input has ${ratioText(ratio)}`;
	return same ? confirmed('size', `${made}; ${asked}`) : notConfirmed('size', `${made}; ${asked}`);
}

function seedFinding({ options }: Job['plan']['request'], told: number | null | undefined): Finding {
	if (options.seed === undefined) return notApplicable('seed', 'the model takes none');
	if (told == null) return notApplicable('seed', `${options.seed} was sent, and the answer names none`);
	return told === options.seed
		? confirmed('seed', `${told} was sent and told`)
		: notConfirmed('seed', `${options.seed} was sent, ${told} was told`);
}

function costFinding(expected: number | null, told: number | null | undefined): Finding {
	const belief = expected === null ? 'no price was known' : `${dollars(expected)} was expected`;
	if (told == null) return notApplicable('cost', `the answer names none; ${belief}`);
	const seen = `${dollars(told)} was charged; ${belief}`;
	if (expected === null) return notApplicable('cost', seen);
	return Math.abs(told - expected) < 1e-6 ? confirmed('cost', seen) : notConfirmed('cost', seen);
}

/** What the image tells by itself, and what was told with it. */
export async function imageFindings(
	job: Job,
	{ images: [image], meta }: Delivery<Buffer>,
	baseUrl: string,
	expectedCost: number | null,
): Promise<Finding[]> {
	if (!image) return [notConfirmed('image', 'there is none')];
	return [
		linkFinding(image, baseUrl),
		lifetimeFinding(image, Date.now()),
		await imageFinding(image, job),
		sizeFinding(image, job),
		seedFinding(job.plan.request, meta.seed),
		costFinding(expectedCost, meta.cost),
	];
}
