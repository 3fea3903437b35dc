// Library surface: the engine and the providers, usable without n8n. The host brings ports for HTTP, time and
// randomness (see `Ports`), and the package zod, from 3.25 on, which the providers import and this package
// does not bundle. docs/library.md has an example.
export { createEngine, type Engine, type EngineOptions } from './nodes/FluxKontext/core/engine';
export type { EnginePolicy, JobSetup } from './nodes/FluxKontext/core/job/context';
export type {
	JobOptions,
	JobOutcome,
	ResumedOutcome,
	ResumeOptions,
} from './nodes/FluxKontext/core/job/runJob';
export type { Cancellation } from './nodes/FluxKontext/core/job/cancel';
export type { PriceOutcome } from './nodes/FluxKontext/core/job/estimate';
export type { JobCheck } from './nodes/FluxKontext/core/job/check';
export type { DeliveredImage, Delivery, ImagePosition } from './nodes/FluxKontext/core/job/deliver';
export { readJob, type JobRecord } from './nodes/FluxKontext/core/job/record';
export type * from './nodes/FluxKontext/core/job/snapshot';

export { plan, type Plan } from './nodes/FluxKontext/core/request/plan';
export { needsInputSize, prepare, type Prepared } from './nodes/FluxKontext/core/request/prepare';
export type * from './nodes/FluxKontext/core/request/imageRequest';
export type * from './nodes/FluxKontext/core/request/model';
export type { ImageOptions, OptionName } from './nodes/FluxKontext/core/request/options';

export { inspectImage, type ImageInfo } from './nodes/FluxKontext/core/image/inspect';
export type { OpenImage } from './nodes/FluxKontext/core/image/openImage';

export { faultCodes, type Fault, type FaultCode, type Result } from './nodes/FluxKontext/core/base/faults';
export { defaultLimits, type Limits } from './nodes/FluxKontext/core/base/limits';
export type * from './nodes/FluxKontext/core/http/ports';

export { providerById, providers } from './nodes/FluxKontext/providers';
export type * from './nodes/FluxKontext/core/provider';
