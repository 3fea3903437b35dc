import { succeed, type Result } from '../../core/base/faults';
import { show, textOf } from '../../core/base/json';
import { numberComplaint } from '../../core/request/numbers';
import {
	DEFAULT_ASPECT_RATIO,
	DEFAULT_SIDE,
	DEFAULT_SIZING,
	MAX_SIDE,
	MIN_SIDE,
} from '../../core/request/parameters';
import { isSupportedRatio, parseRatio } from '../../core/request/ratios';
import type { Sizing } from '../../core/request/sizes';
import { refuse, type ReadParameter } from '../parameters/read';

function readAspectRatio(parameter: ReadParameter): Result<Sizing> {
	const text = parameter('aspectRatio', DEFAULT_ASPECT_RATIO);
	const ratio = parseRatio(textOf(text));
	if (!ratio) return refuse(`'Aspect Ratio' must be two numbers such as 16:9, but is ${show(text)}`);
	return isSupportedRatio(ratio)
		? succeed({ kind: 'aspectRatio', ratio })
		: refuse(`'Aspect Ratio' must be between 21:9 and 9:21, but is ${show(text)}`);
}

function readPixels(parameter: ReadParameter): Result<Sizing> {
	const [width, height] = [parameter('width', DEFAULT_SIDE), parameter('height', DEFAULT_SIDE)];
	for (const [label, value] of Object.entries({ Width: width, Height: height })) {
		const wrong = numberComplaint(value, { whole: true, min: MIN_SIDE, max: MAX_SIDE });
		if (wrong !== null) return refuse(`'${label}' ${wrong}`);
	}
	return succeed({ kind: 'pixels', width: width as number, height: height as number });
}

/** Reads the size that an item asks for. */
export function readSizing(parameter: ReadParameter): Result<Sizing> {
	const kind = parameter('sizing', DEFAULT_SIZING);
	switch (kind) {
		case 'auto':
			return succeed({ kind });
		case 'aspectRatio':
			return readAspectRatio(parameter);
		case 'pixels':
			return readPixels(parameter);
		default:
			return refuse(`'Size' must be auto, aspectRatio or pixels, but is ${show(kind)}`);
	}
}
