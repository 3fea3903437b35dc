import { readdirSync, readFileSync } from 'node:fs';

function isChild(pid: string, script: string): boolean {
	try {
		// proc(5): the parent is the second field behind the name, which stands in brackets.
		const [, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
		return (
			parent === String(process.pid) &&
			readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(script)
		);
	} catch {
		// It has ended meanwhile.
		return false;
	}
}

/** The child of this process that runs a script; Linux only. */
export function pidOf(script: string): number {
	const pid = readdirSync('/proc').find((entry) => /^\d+$/.test(entry) && isChild(entry, script));
	if (pid === undefined) throw new Error(`No child of this process runs ${script}`);
	return Number(pid);
}
