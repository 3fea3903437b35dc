import { examine } from './examine';
import { prepareJob } from './job';
import { readOrder } from './order';
import { usage } from './usage';
import type { World } from './world';

export const exitStatus = { confirmed: 0, notConfirmed: 1, unusable: 2 } as const;

/** Runs `npm run doctor` with these arguments; gives its exit status. */
export async function main(args: string[], world: World): Promise<number> {
	const unusable = (message: string): number => {
		world.complain(`${message}\nnpm run doctor -- --help tells more.`);
		return exitStatus.unusable;
	};
	const order = await readOrder(args, world.env);
	if (!order.ok) return unusable(order.fault.message);
	if (order.value === 'help') {
		world.say(usage);
		return exitStatus.confirmed;
	}
	const job = await prepareJob(order.value);
	if (!job.ok) return unusable(job.fault.message);
	return (await examine(order.value, job.value, world)) ? exitStatus.confirmed : exitStatus.notConfirmed;
}
