import type { FaultCode } from '../../../index';

/** Outcome of a run with the fault of a cell. */
export interface Ending {
	end: 'delivered' | FaultCode;
	/** Whether the outcome names the job, so that a paid image can still be fetched. */
	job: boolean;
	/** Whether the image that was made is lost: it came inside a response, and the provider keeps no job. */
	lost: boolean;
	/** Number of jobs that the provider accepted; one image was requested. */
	billed: number;
	/** Whether the submit was sent more than once. */
	again: boolean;
}

/** Describes an outcome, such as "timeout, with the job, 1 billed". */
export function endingText({ end, job, lost, billed, again }: Ending): string {
	return [
		end,
		...(job ? ['with the job'] : []),
		...(lost ? ['the image is lost'] : []),
		`${billed} billed`,
		...(again ? ['submitted again'] : []),
	].join(', ');
}
