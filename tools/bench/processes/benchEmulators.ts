import axios from 'axios';

import type { EmulatedJob, Emulator, Fault, RecordedRequest } from '../../emulator';
import { startChild } from './child';

export interface BenchEmulatorOptions {
	/** Durations of the jobs in milliseconds. Each accepted job takes the next one, cyclically. */
	durationsMs: readonly number[];
	/** Approximate size of each image. */
	imageBytes: number;
}

/** Description of a started emulator, as its process sends it. */
export interface StartedEmulator extends Pick<Emulator, 'origin' | 'filesOrigin' | 'providers'> {
	/** Address of an image that can be used as an input image. */
	sampleUrl: string;
	/** Exact size of each image. */
	imageBytes: number;
}

/** Jobs and requests that an emulator recorded. */
export interface EmulatorRecords {
	jobs: EmulatedJob[];
	requests: RecordedRequest[];
}

/** Emulator for a single candidate, so that candidates share neither the limits of an account nor counts. */
export interface BenchEmulator extends StartedEmulator {
	/** Returns and clears the records since the previous call. */
	takeRecords: () => Promise<EmulatorRecords>;
	inject: (fault: Fault) => Promise<unknown>;
}

/** Process that runs the emulators; no candidate shares it. */
export interface BenchEmulators {
	start: (options: BenchEmulatorOptions) => Promise<BenchEmulator>;
	/** Ends the process with all its emulators. */
	stop: () => Promise<void>;
}

const SMALL_IMAGE_BYTES = 30_000;

/** Creates options for jobs of these durations, with small images. */
export const withDurations = (...durationsMs: number[]): BenchEmulatorOptions => ({
	durationsMs,
	imageBytes: SMALL_IMAGE_BYTES,
});

export function startBenchEmulators(): BenchEmulators {
	const worker = startChild<BenchEmulatorOptions, StartedEmulator>('emulatorWorker.ts');
	return {
		start: async (options) => {
			const started = await worker.send(options);
			const control = axios.create({ baseURL: `${started.origin}/__emulator`, proxy: false });
			return {
				...started,
				takeRecords: async () => {
					const { data: jobs } = await control.get<EmulatedJob[]>('/jobs');
					const { data: requests } = await control.get<RecordedRequest[]>('/requests');
					await control.delete('');
					return { jobs, requests };
				},
				inject: async (fault) => await control.post('/faults', fault),
			};
		},
		stop: worker.stop,
	};
}
