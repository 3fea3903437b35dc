import type { Fault } from '../../core/base/faults';
import { createFailure } from '../connection';
import type { Failure } from '../items/error';
import type { Planned } from './planItem';

/**
 * Refuses all items for one fault. An item that was refused before keeps its own fault, and so does the
 * `culprit`, whose failure may have a job.
 */
export const refuseItems = (
	planned: readonly Planned[],
	fault: Fault,
	culprit: Failure | null = null,
): Planned[] =>
	planned.map((entry) => {
		if ('failure' in entry) return entry;
		const { itemIndex, connection } = entry.item;
		return {
			failure: culprit?.itemIndex === itemIndex ? culprit : createFailure(connection, itemIndex, fault),
		};
	});
