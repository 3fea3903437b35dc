import axios from 'axios';

import type { EmulatedJob, Emulator, Fault, RecordedRequest } from '../../emulator';
import { startChild } from './child';

export interface LaneOrder {
	/** What each job takes, in turn. */
	lengthsMs: readonly number[];
	/** Of each image. */
	imageBytes: number;
}

export interface OpenedLane extends Pick<Emulator, 'origin' | 'filesOrigin' | 'providers'> {
	sampleUrl: string;
	imageBytes: number;
}

export interface Traces {
	jobs: EmulatedJob[];
	requests: RecordedRequest[];
}

/** An emulator of its own for one contestant, so that no account's limits and no count is shared. */
export interface Lane extends OpenedLane {
	/** What has been recorded since the last time. */
	take: () => Promise<Traces>;
	inject: (fault: Fault) => Promise<unknown>;
}

export interface Lanes {
	open: (order: LaneOrder) => Promise<Lane>;
	stop: () => Promise<void>;
}

const SMALL_IMAGE = 30_000;

export const ofLength = (...lengthsMs: number[]): LaneOrder => ({ lengthsMs, imageBytes: SMALL_IMAGE });

/** All emulators run in one process, which none of the contestants shares. */
export function startLanes(): Lanes {
	const host = startChild<LaneOrder, OpenedLane>('emulators.ts');
	return {
		open: async (order) => {
			const opened = await host.ask(order);
			const control = axios.create({ baseURL: `${opened.origin}/__emulator`, proxy: false });
			return {
				...opened,
				take: async () => {
					const { data: jobs } = await control.get<EmulatedJob[]>('/jobs');
					const { data: requests } = await control.get<RecordedRequest[]>('/requests');
					await control.delete('');
					return { jobs, requests };
				},
				inject: async (fault) => await control.post('/faults', fault),
			};
		},
		stop: host.stop,
	};
}
