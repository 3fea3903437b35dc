import type { HttpCall, HttpPort, Ports } from '../../../nodes/FluxKontext/core/http/ports';
import { isLoopback } from '../../../tools/emulator/net';

/** What a run does with the fixture, seen from outside. */
export interface Watched {
	/** Addresses that were asked with the key. */
	withKey: string[];
	/** Sleeps that nobody has ended. */
	sleeping: number;
	calls: number;
}

/** A job that is looked at every half second for 40 s and then brings a hundred images makes a third of it. */
export const MAX_CALLS = 600;

/** Lets calls out to this machine only: an answer could name any host there is, and nothing here may reach it. */
function fenced(port: HttpPort, watched: Watched, stop: () => void): HttpPort {
	return {
		async open(call: HttpCall) {
			watched.calls += 1;
			if (watched.calls > MAX_CALLS) stop();
			if (call.authenticate) watched.withKey.push(call.url);
			if (URL.canParse(call.url) && !isLoopback(call.url))
				return { kind: 'noAnswer', delivery: 'notSent', reason: 'ENOTFOUND' };
			return await port.open(call);
		},
	};
}

/** `stop` ends a run that asks without end. */
export function watchedPorts<P extends Ports>(ports: P, stop: () => void): { ports: P; watched: Watched } {
	const watched: Watched = { withKey: [], sleeping: 0, calls: 0 };
	const sleep: Ports['sleep'] = async (ms, signal) => {
		watched.sleeping += 1;
		await ports.sleep(ms, signal);
		watched.sleeping -= 1;
	};
	return { ports: { ...ports, http: fenced(ports.http, watched, stop), sleep }, watched };
}
