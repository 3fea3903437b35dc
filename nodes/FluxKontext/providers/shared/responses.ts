import { isObject, textOf } from '../../core/base/json';
import type { HttpResponse } from '../../core/http/ports';
import { isDataUri, stripDataUri } from '../../core/image/dataUri';
import type { ImageRef } from '../../core/job/snapshot';

/** Reads the status word of a response body; empty where there is none. */
export const statusInBody = ({ body }: HttpResponse): string =>
	isObject(body) ? textOf(body['status']) : '';

/** Reads an image that is given as a link or as a data URI. `expiresAt` is that of the link, as ISO 8601. */
export const linkOrDataUri = (url: string, expiresAt: string): ImageRef =>
	isDataUri(url) ? { kind: 'base64', data: stripDataUri(url) } : { kind: 'url', url, expiresAt };
