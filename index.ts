// The library surface: the engine and the providers work without n8n, given ports for HTTP, time and randomness.
export { cancelJob, type Cancellation } from './nodes/FluxKontext/core/cancel';
export {
	resumeJob,
	runJob,
	type JobOptions,
	type JobOutcome,
	type ResumedOutcome,
	type ResumeOptions,
} from './nodes/FluxKontext/core/job';
export type { Delivery, DeliveredImage } from './nodes/FluxKontext/core/deliver';
export { readJob, type JobRecord } from './nodes/FluxKontext/core/jobRecord';
export { needsInputSize, plan, prepare, type Plan, type Prepared } from './nodes/FluxKontext/core/prepare';
export { readImageInfo, type ImageInfo } from './nodes/FluxKontext/core/imageInfo';
export type { OpenImage } from './nodes/FluxKontext/core/download';
export { faultCodes, type Fault, type FaultCode, type Result } from './nodes/FluxKontext/core/faults';
export type {
	HttpCall,
	HttpPort,
	HttpRequest,
	HttpResponse,
	NoAnswer,
	OpenResponse,
	Ports,
} from './nodes/FluxKontext/core/http';
export type { ImageOptions } from './nodes/FluxKontext/core/options';
export type { Run } from './nodes/FluxKontext/core/run';
export type * from './nodes/FluxKontext/core/types';
export { providerById, providers } from './nodes/FluxKontext/providers';
