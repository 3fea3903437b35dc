import { readdirSync, readFileSync } from 'node:fs';

function isChildRunning(pid: string, script: string): boolean {
	try {
		// proc(5): the parent is the second field after the name, which is in parentheses.
		const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
		return (
			parent === String(process.pid) &&
			readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(script)
		);
	} catch {
		// The process has exited in the meantime.
		return false;
	}
}

/** Finds the child of this process that runs a script. Throws if there is none. Linux only. */
export function findChildPid(script: string): number {
	const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && isChildRunning(entry, script));
	if (pid === undefined) throw new Error(`No child of this process runs ${script}`);
	return Number(pid);
}
