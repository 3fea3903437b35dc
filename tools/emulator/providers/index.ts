// A provider is one module and one line here; its name here is its id and the first segment of its path.
export { aiGenerate } from './aiGenerate';
export { blackForestLabs } from './blackForestLabs';
export { fal } from './fal';
export { lumenfall } from './lumenfall';
export { openAiCompatible } from './openAiCompatible';
export { replicate } from './replicate';
export { runpod } from './runpod';
export { sdServer } from './sdServer';
export { siliconFlow } from './siliconFlow';
export { theRouter } from './theRouter';
export { together } from './together';
export { vtrix } from './vtrix';
