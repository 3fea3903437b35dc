import type { DoctorIo } from './doctorIo';
import { examine } from './examine';
import { prepareJob } from './job';
import { readOptions } from './options';
import { usage } from './usage';

/**
 * Exit statuses of the command. `unusable`: the command line or the environment is invalid, and nothing was
 * sent.
 */
export const exitStatus = { confirmed: 0, notConfirmed: 1, unusable: 2 } as const;

/**
 * Runs `npm run doctor` with these arguments and resolves to its exit status. Asks before it submits a paid
 * job.
 */
export async function main(args: string[], io: DoctorIo): Promise<number> {
	const fail = (message: string): number => {
		io.printError(`${message}\nnpm run doctor -- --help explains all options.`);
		return exitStatus.unusable;
	};
	const options = await readOptions(args, io.env);
	if (!options.ok) return fail(options.fault.message);
	if (options.value === 'help') {
		io.print(usage);
		return exitStatus.confirmed;
	}
	const job = await prepareJob(options.value);
	if (!job.ok) return fail(job.fault.message);
	const isConfirmed = await examine(options.value, job.value, io);
	return isConfirmed ? exitStatus.confirmed : exitStatus.notConfirmed;
}
