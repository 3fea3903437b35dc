import { clipValue } from '../base/text';

/** Kind of file that is no image of the known types, and how its first bytes tell. */
interface ForeignKind {
	name: string;
	/** Matches the first bytes, one character for each. */
	start: RegExp;
}

/** In the order in which they are tried. Texts come last, and the general ones behind the special ones. */
const kinds: readonly ForeignKind[] = [
	{ name: 'a HEIC image', start: /^.{4}ftyp(?:hei[cmsx]|hev[cx]|mif1|msf1)/s },
	{ name: 'a video', start: /^.{4}ftyp|^\x1aE\xdf\xa3/s },
	{ name: 'a TIFF image', start: /^(?:II\*\0|MM\0\*)/ },
	{ name: 'a JPEG XL image', start: /^(?:\xff\x0a|\0\0\0\x0cJXL )/ },
	{ name: 'a BMP image', start: /^BM/ },
	{ name: 'an icon', start: /^\0\0\x01\0/ },
	{ name: 'a Photoshop file', start: /^8BPS/ },
	{ name: 'a PDF', start: /^%PDF/ },
	{ name: 'a ZIP archive', start: /^PK[\x03\x05]/ },
	{ name: 'compressed data', start: /^\x1f\x8b/ },
	{ name: 'a damaged or cut off image', start: /^(?:\x89PNG|\xff\xd8\xff|GIF8|RIFF)/ },
	{ name: 'a web page', start: /^\s*<(?:!doctype html|html|head|body)/i },
	{ name: 'an SVG drawing', start: /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*>\s*)?<svg/i },
	{ name: 'XML', start: /^\s*<(?:\?xml|[a-z]+>)/i },
	{ name: 'a text that holds a data URI', start: /^\s*data:/i },
	{ name: 'JSON', start: /^\s*[[{]/ },
	{ name: 'text', start: /^[\t\n\r\x20-\x7e\x80-\xff]+$/ },
];

/** Bytes that a kind is told by. */
const MAX_HEAD_BYTES = 256;
/** Bytes that an error shows. */
const MAX_SHOWN_BYTES = 12;

const isPrintable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

function shownBytes(head: Uint8Array): string {
	const shown = head.subarray(0, MAX_SHOWN_BYTES);
	const text = String.fromCharCode(...shown);
	return isPrintable(text)
		? `"${text}"`
		: [...shown].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

/**
 * Says what a file is that is no image of the known types: its kind, the type that was stated for it, and its
 * first bytes. `head` are at least its first 256 bytes, or all of them.
 */
export function describeFile(head: Uint8Array, statedType?: string): string {
	if (head.length === 0) return 'an empty file (0 bytes)';
	const text = String.fromCharCode(...head.subarray(0, MAX_HEAD_BYTES));
	const kind = kinds.find(({ start }) => start.test(text))?.name ?? 'a file of an unknown kind';
	const type = statedType ? `stated type ${clipValue(statedType)}, ` : '';
	return `${kind} (${type}first bytes ${shownBytes(head)})`;
}
