import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';

/** Validity of a link; an agent's answer is read within a day. */
const VALIDITY = '1 day';

/**
 * Creates a link to a file in n8n's own store; `null` where n8n keeps binary data in memory, which has no
 * links.
 */
export function createBinaryLink(context: IExecuteFunctions, file: IBinaryData): string | null {
	return file.id === undefined ? null : context.helpers.createBinarySignedUrl(file, VALIDITY);
}
