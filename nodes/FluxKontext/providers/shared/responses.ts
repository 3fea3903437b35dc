import { isObject, textOf } from '../../core/base/json';
import type { HttpResponse } from '../../core/http/ports';

/** Reads the status word of a response body; empty where there is none. */
export const statusInBody = ({ body }: HttpResponse): string =>
	isObject(body) ? textOf(body['status']) : '';
