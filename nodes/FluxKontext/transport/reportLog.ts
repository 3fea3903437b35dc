import type { IWebhookFunctions } from 'n8n-workflow';

import { isObject } from '../core/base/json';

/** Report that a trigger has accepted. */
export interface AcceptedReport {
	/** Provider and id of the job. */
	job: string;
	/** Nonce of the URL that it came to; empty where the URL has none or is not bound to the job. */
	nonce: string;
	/** Milliseconds since the epoch after which the URL is refused in any case. */
	expiresAt: number;
}

/** Property of the node's static data. */
const PROPERTY = 'reports';
/** Reports that are kept. n8n writes all of them into its database with each one. */
const MAX_REPORTS = 1_000;

const isReport = (value: unknown): value is AcceptedReport =>
	isObject(value) &&
	typeof value['job'] === 'string' &&
	typeof value['nonce'] === 'string' &&
	typeof value['expiresAt'] === 'number';

/**
 * Reads the reports that this trigger has accepted, from the static data of its workflow. n8n reads it from
 * its database for each webhook of a published workflow and stores what a webhook changes there
 * (n8n 2.41, live-webhooks.js), so that it outlives a restart and all processes see it. Of two webhooks that
 * change it at the same time the later one wins; the memory of the process fills that gap.
 */
export function readReports(context: IWebhookFunctions): AcceptedReport[] {
	const { [PROPERTY]: stored } = context.getWorkflowStaticData('node');
	return Array.isArray(stored) ? (stored as unknown[]).filter(isReport) : [];
}

/** Adds a report to those that this trigger has accepted, and drops those that are no longer needed. */
export function addReport(context: IWebhookFunctions, report: AcceptedReport, nowMs: number): void {
	const valid = readReports(context).filter(({ expiresAt }) => expiresAt >= nowMs);
	// Plain copies, because the objects of the static data observe their own changes.
	const reports = [...valid, report].slice(-MAX_REPORTS).map((each) => ({ ...each }));
	context.getWorkflowStaticData('node')[PROPERTY] = reports;
}
