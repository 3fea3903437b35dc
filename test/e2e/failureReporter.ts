/**
 * Key of the reporter on the global object, which `failureEnvironment.ts` reads from outside of the tests'
 * realm.
 */
export const FAILURE_REPORTER: unique symbol = Symbol.for('flux-kontext.failureReporter');

/** Prints what is needed to diagnose a failure. Receives the name of the test or hook that failed. */
export type FailureReporter = (name: string) => void;

/**
 * Registers the reporter that is called whenever a test or hook of this file fails. Replaces an earlier one.
 */
export const registerFailureReporter = (reporter: FailureReporter): void => {
	Object.assign(globalThis, { [FAILURE_REPORTER]: reporter });
};
