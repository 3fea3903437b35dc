// Defaults, limits and choices of the node's parameters: offered by the panel, checked by the actions.

import type { Operation } from './model';
import type { Resolution, Sizing } from './sizes';

/** Provider of a new node. */
export const DEFAULT_PROVIDER_ID = 'blackForestLabs';

/** Operations on images; the first one that a provider supports is its default. */
export const imageOperations = ['generate', 'edit'] as const satisfies readonly Operation[];

/** Ways to ask for a size. */
export const sizingKinds = ['auto', 'aspectRatio', 'pixels'] as const satisfies ReadonlyArray<Sizing['kind']>;
/** Way to ask for a size in a new node. */
export const DEFAULT_SIZING: Sizing['kind'] = 'auto';
/** Width to height, as text. */
export const DEFAULT_ASPECT_RATIO = '1:1';
/** Pixels, for width and for height. */
export const DEFAULT_SIDE = 1024;
/** Pixels, inclusive. */
export const MIN_SIDE = 1;
/** Pixels, inclusive: the longest side that any provider accepts. */
export const MAX_SIDE = 14_142;

/** Scales that can be asked for. */
export const resolutions = ['auto', '1K', '2K', '4K'] as const satisfies readonly Resolution[];
/** Scale where none is asked for. */
export const DEFAULT_RESOLUTION: Resolution = 'auto';

/** Completions of an item: wait for its image, suspend the execution until then, or only submit the job. */
export const completions = ['wait', 'suspend', 'submit'] as const;
/** Value of the parameter `completion`. */
export type Completion = (typeof completions)[number];
/** Completion of a new node. */
export const DEFAULT_COMPLETION: Completion = 'wait';

/** Where an input image comes from. */
export const imageSources = ['binary', 'url', 'base64'] as const;
/** Value of `source` in an entry of `inputImages`. */
export type ImageSource = (typeof imageSources)[number];
/** Source of a new entry of `inputImages`. */
export const DEFAULT_IMAGE_SOURCE: ImageSource = 'binary';

/** Name of the binary field that images are read from and written to. */
export const DEFAULT_BINARY_FIELD = 'data';

/** Seconds, from submit to image. */
export const DEFAULT_TIMEOUT_S = 600;
/** Seconds, inclusive. */
export const MIN_TIMEOUT_S = 1;
/** Seconds, inclusive: one day, because no user waits longer than that for an image. */
export const MAX_TIMEOUT_S = 86_400;

/** Jobs in flight at a time. */
export const DEFAULT_CONCURRENCY = 10;
/** Inclusive. */
export const MIN_CONCURRENCY = 1;
/** Inclusive. */
export const MAX_CONCURRENCY = 100;

/** USD, inclusive; a limit of 0 lets only free images pass. */
export const MIN_COST_LIMIT_USD = 0;

/** Outcomes of a job that the trigger can report; it reports all of them by default. */
export const triggerEvents = ['succeeded', 'failed'] as const;
/** Value of the trigger's parameter `events`. */
export type TriggerEvent = (typeof triggerEvents)[number];
