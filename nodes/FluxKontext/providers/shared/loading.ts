import type { HttpResponse } from '../../core/http/ports';
import { errorText } from '../../core/http/errors';

/** Wording of servers that are not ready yet: llama.cpp, LocalAI, vLLM and others. */
const NOT_READY = /loading|not ready|warming up|starting up|initiali[sz]ing/i;
const SERVICE_UNAVAILABLE = 503;

/** Advice for a server that loads its model. */
export const waitForModel = 'Wait until the server has loaded its model, then run again. Nothing was made.';

/** Tells whether a server of one's own says that it has not loaded its model yet, so that it made nothing. */
export const isLoading = ({ status, body }: HttpResponse): boolean =>
	status === SERVICE_UNAVAILABLE && NOT_READY.test(errorText(body) ?? '');
