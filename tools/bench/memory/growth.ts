import { readFileSync, writeFileSync } from 'node:fs';

const KILOBYTE = 1024;

function status(pid: number, field: 'VmRSS' | 'VmHWM'): number {
	const line = readFileSync(`/proc/${pid}/status`, 'utf8')
		.split('\n')
		.find((each) => each.startsWith(field));
	return Number(/\d+/.exec(line ?? '')?.[0] ?? NaN) * KILOBYTE;
}

/** By how many bytes the resident memory of a process grows during some work, at its highest; the kernel keeps that mark. */
export async function growthDuring<T>(
	pid: number,
	work: () => Promise<T>,
): Promise<{ growth: number; result: T }> {
	const before = status(pid, 'VmRSS');
	// proc(5): 5 sets the mark back to what is resident now.
	writeFileSync(`/proc/${pid}/clear_refs`, '5');
	const result = await work();
	return { growth: status(pid, 'VmHWM') - before, result };
}
