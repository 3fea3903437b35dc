import type { Emulator, Fault } from '../../tools/emulator';
import { lastLines } from '../../tools/n8n-host/lastLines';
import type { N8n } from '../../tools/n8n-host/n8n';
import { requestTable, type InjectedFault } from '../../tools/n8n-host/requestTable';

const LOG_LINES = 60;

/** Records the faults that tests inject into an emulator, until it is cleared. */
export function recordFaults(emulator: Emulator): readonly InjectedFault[] {
	const { inject, clear } = emulator;
	const faults: InjectedFault[] = [];
	emulator.inject = (fault: Fault) => {
		faults.push({ ...fault, at: Date.now() });
		inject(fault);
	};
	emulator.clear = () => {
		faults.length = 0;
		clear();
	};
	return faults;
}

/**
 * Describes the state after a failure: the end of the log of each of n8n's processes, and the emulator's
 * requests.
 */
export function failureReport(
	name: string,
	n8n: Pick<N8n, 'logs'> | undefined,
	emulator: Pick<Emulator, 'requests'> | undefined,
	faults: readonly InjectedFault[],
): string {
	const logs = Object.entries(n8n?.logs() ?? {}).map(
		([process, log]) =>
			`--- the last ${LOG_LINES} lines of the log of ${process}\n${lastLines(log, LOG_LINES)}`,
	);
	const table = `--- requests at the emulator\n${requestTable(emulator?.requests ?? [], faults)}`;
	return [`=== FAILED: ${name}`, ...logs, table, `=== end of ${name}`, ''].join('\n');
}
