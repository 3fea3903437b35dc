import type { IWebhookFunctions } from 'n8n-workflow';

import type { Engine } from '../../core/engine';
import { addReport, readReports } from '../../transport/reportLog';
import type { PendingJob } from '../suspend/pendingJobs';

/** Report of a job's end to a trigger. */
export interface JobReport {
	pending: PendingJob;
	/** Nonce of the URL that it came to; `null` where that has none. */
	nonce: string | null;
	/** Milliseconds since the epoch, inclusive, until which the URL is valid. */
	expiresAt: number;
}

/**
 * Whether a trigger may accept a report: `repeated` if the job was reported before, `foreign` if its URL
 * belongs to another job.
 */
export type ReportState = 'new' | 'repeated' | 'foreign';

/** Memory of the reports that a trigger accepts: that of this process, and that of n8n's database. */
export interface ReportMemory {
	state(): ReportState;
	/** Keeps other webhooks from accepting the report while it is handled. */
	reserve(): void;
	/** Ends the reservation, so that a repeated webhook is accepted. */
	release(): void;
	/** Remembers the report. Its URL is bound to the job only if the provider has confirmed the job. */
	accept(isConfirmed: boolean): void;
}

/** Opens the memory for one report. */
export function openReportMemory(
	context: IWebhookFunctions,
	engine: Engine,
	{ pending, nonce, expiresAt }: JobReport,
): ReportMemory {
	const { now } = pending.output.connection.ports;
	const job = `${pending.job.provider} ${pending.job.id}`;
	const memory = engine.reportedJobs;
	const address = nonce === null ? null : `address ${nonce}`;
	const isUsed = () => address !== null && memory.has(address, now());
	const releaseAddress = () => {
		if (address !== null) memory.delete(address);
	};
	return {
		state() {
			if (memory.has(job, now())) return 'repeated';
			const reports = readReports(context);
			if (reports.some((report) => report.job === job)) return 'repeated';
			return isUsed() || (nonce !== null && reports.some((report) => report.nonce === nonce))
				? 'foreign'
				: 'new';
		},
		reserve() {
			memory.add(job, now());
			if (address !== null) memory.add(address, now());
		},
		release() {
			memory.delete(job);
			releaseAddress();
		},
		accept(isConfirmed) {
			if (!isConfirmed) releaseAddress();
			addReport(context, { job, nonce: isConfirmed ? (nonce ?? '') : '', expiresAt }, now());
		},
	};
}
