import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';

import { FAILURE_REPORTER, type FailureReporter } from './failureReporter';

/**
 * Joins the name of a test and those of its `describe` blocks as jest prints them; empty for the file itself.
 */
function fullName({ name, parent }: Circus.TestEntry | Circus.DescribeBlock): string {
	return parent === undefined ? '' : [fullName(parent), name].filter(Boolean).join(' › ');
}

function failedName(event: Circus.AsyncEvent | Circus.SyncEvent): string | null {
	if (event.name === 'test_fn_failure') return fullName(event.test);
	if (event.name !== 'hook_failure') return null;
	const owner = fullName(event.test ?? event.describeBlock ?? event.hook.parent);
	return `${event.hook.type} of ${owner === '' ? 'the file' : owner}`;
}

/**
 * Jest's Node environment, which also calls the registered failure reporter as soon as a test or a hook
 * fails, before later hooks change anything. An `afterEach` hook cannot do this: jest runs none after a
 * failed `beforeAll` hook.
 */
export default class FailureEnvironment extends TestEnvironment {
	handleTestEvent(event: Circus.AsyncEvent | Circus.SyncEvent): void {
		const name = failedName(event);
		if (name === null) return;
		(this.global as { [FAILURE_REPORTER]?: FailureReporter })[FAILURE_REPORTER]?.(name);
	}
}
