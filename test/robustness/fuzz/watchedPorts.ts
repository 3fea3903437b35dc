import type { HttpCall, HttpPort, Ports } from '../../../nodes/FluxKontext/core/http/ports';
import { isLoopback } from '../../../tools/emulator/net';
import type { KeyedRequest } from './documentedRequests';

/** How a run used its ports. */
export interface PortActivity {
	/** Requests that carried the key. */
	withKey: KeyedRequest[];
	/** URLs that answered 401 or 403 to a request without the key. */
	refusedLinks: string[];
	/** Sleeps that have not ended. */
	pendingSleeps: number;
	/** Requests so far. */
	requestCount: number;
}

/**
 * Requests after which a run is aborted. A job that is polled every half second for 40 s and then delivers a
 * hundred images makes a third of them.
 */
export const MAX_REQUESTS = 600;

/**
 * Wraps an HTTP port so that it reaches this machine only: a mutated response can name any host. Calls
 * `abort` after `MAX_REQUESTS`.
 */
function watchHttp(port: HttpPort, activity: PortActivity, abort: () => void): HttpPort {
	return {
		async open(call: HttpCall) {
			activity.requestCount += 1;
			if (activity.requestCount > MAX_REQUESTS) abort();
			if (call.authenticate) activity.withKey.push({ method: call.method, url: call.url });
			if (URL.canParse(call.url) && !isLoopback(call.url))
				return { kind: 'noAnswer', delivery: 'notSent', reason: 'ENOTFOUND' };
			const answer = await port.open(call);
			if (!call.authenticate && answer.kind !== 'noAnswer' && [401, 403].includes(answer.status))
				activity.refusedLinks.push(call.url);
			return answer;
		},
	};
}

/** Wraps ports to record their use. Calls `abort` for a run that sends requests without end. */
export function watchPorts<P extends Ports>(
	ports: P,
	abort: () => void,
): { ports: P; activity: PortActivity } {
	const activity: PortActivity = { withKey: [], refusedLinks: [], pendingSleeps: 0, requestCount: 0 };
	const sleep: Ports['sleep'] = async (ms, signal) => {
		activity.pendingSleeps += 1;
		await ports.sleep(ms, signal);
		activity.pendingSleeps -= 1;
	};
	return { ports: { ...ports, http: watchHttp(ports.http, activity, abort), sleep }, activity };
}
