import { readFileSync, writeFileSync } from 'node:fs';

const KILOBYTE = 1024;
/** Value for clear_refs that resets the peak to the current resident memory: proc(5). */
const RESET_PEAK = '5';

/** Reads the current (VmRSS) or the peak (VmHWM) resident memory of a process, in bytes. Linux only. */
function residentBytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
	const line = readFileSync(`/proc/${pid}/status`, 'utf8')
		.split('\n')
		.find((text) => text.startsWith(field));
	return Number(/\d+/.exec(line ?? '')?.[0] ?? NaN) * KILOBYTE;
}

/**
 * Measures by how many bytes the resident memory of a process peaks above its initial value during some work.
 * The kernel records the peak, so short ones count too. Linux only.
 */
export async function growthDuring<T>(
	pid: number,
	work: () => Promise<T>,
): Promise<{ growth: number; result: T }> {
	const before = residentBytes(pid, 'VmRSS');
	writeFileSync(`/proc/${pid}/clear_refs`, RESET_PEAK);
	const result = await work();
	return { growth: residentBytes(pid, 'VmHWM') - before, result };
}
