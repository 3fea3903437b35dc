import { createEngine } from './core/engine';

/** Engine of this process: all executions share its slots, submit rates and history. */
export const engine = createEngine();
