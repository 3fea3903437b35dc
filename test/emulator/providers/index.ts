// A provider is one file and one line here; its name here is its id and the first part of its path.
export { blackForestLabs } from './blackForestLabs';
export { theRouter } from './theRouter';
export { runpod } from './runpod';
