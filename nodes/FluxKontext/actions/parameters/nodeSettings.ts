import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { combine } from '../../core/base/combine';
import { succeed, type Result } from '../../core/base/faults';
import {
	DEFAULT_BINARY_FIELD,
	DEFAULT_CONCURRENCY,
	DEFAULT_TIMEOUT_S,
	MAX_CONCURRENCY,
	MAX_TIMEOUT_S,
	MIN_CONCURRENCY,
	MIN_TIMEOUT_S,
} from '../../core/request/parameters';
import { catchExpression, readFlag, readNumber, readOptions, readText } from './read';

/** Options of one item that say how the node works. */
export interface NodeSettings {
	/** Binary field that images are put into. */
	binaryField: string;
	/** `null` for the default name. */
	fileName: string | null;
	/** Milliseconds for the whole job. */
	timeoutMs: number;
	/** Whether a job that is pending at the timeout is cancelled. */
	cancelOnTimeout: boolean;
}

/** Options of the run as a whole, read from the first item. */
export interface RunSettings {
	/** Jobs at a time. */
	concurrency: number;
}

/** Reads the options of one item. */
export function readNodeSettings(options: IDataObject): Result<NodeSettings> {
	const timeoutLimits = { whole: false, min: MIN_TIMEOUT_S, max: MAX_TIMEOUT_S };
	const read = combine({
		timeout: () => readNumber(options['timeout'], 'Timeout', timeoutLimits),
		binaryField: () => readText(options['binaryField'], 'Put Output in Field'),
		fileName: () => readText(options['fileName'], 'File Name'),
		cancelOnTimeout: () => readFlag(options['cancelOnTimeout'], 'Cancel on Timeout', true),
	});
	if (!read.ok) return read;
	const { timeout, binaryField, fileName, cancelOnTimeout } = read.value;
	return succeed({
		binaryField: binaryField ?? DEFAULT_BINARY_FIELD,
		fileName,
		timeoutMs: (timeout ?? DEFAULT_TIMEOUT_S) * 1000,
		cancelOnTimeout,
	});
}

/** Reads the options of the run. An expression that cannot be evaluated becomes a fault. */
export function readRunSettings(context: IExecuteFunctions): Result<RunSettings> {
	const concurrencyLimits = { whole: true, min: MIN_CONCURRENCY, max: MAX_CONCURRENCY };
	return catchExpression(() => {
		const { concurrency } = readOptions(context, 0);
		const read = readNumber(concurrency, 'Concurrency', concurrencyLimits);
		return read.ok ? succeed({ concurrency: read.value ?? DEFAULT_CONCURRENCY }) : read;
	});
}
