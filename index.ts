// The library surface: the engine and the providers work without n8n, given ports for HTTP, time and randomness.
export { cancelJob, type Cancellation } from './nodes/FluxKontext/core/job/cancel';
export {
	resumeJob,
	runJob,
	type JobOptions,
	type JobOutcome,
	type ResumedOutcome,
	type ResumeOptions,
} from './nodes/FluxKontext/core/job/runJob';
export type { Delivery, DeliveredImage } from './nodes/FluxKontext/core/job/deliver';
export { readJob, type JobRecord } from './nodes/FluxKontext/core/job/record';
export {
	needsInputSize,
	plan,
	prepare,
	type Plan,
	type Prepared,
} from './nodes/FluxKontext/core/request/prepare';
export { inspectImage, type ImageInfo } from './nodes/FluxKontext/core/image/inspect';
export type { OpenImage } from './nodes/FluxKontext/core/image/download';
export { faultCodes, type Fault, type FaultCode, type Result } from './nodes/FluxKontext/core/base/faults';
export type {
	HttpCall,
	HttpPort,
	HttpRequest,
	HttpResponse,
	NoAnswer,
	OpenResponse,
	Ports,
} from './nodes/FluxKontext/core/http/ports';
export type { ImageOptions } from './nodes/FluxKontext/core/request/options';
export type { JobContext } from './nodes/FluxKontext/core/job/context';
export type * from './nodes/FluxKontext/core/provider';
export { providerById, providers } from './nodes/FluxKontext/providers';
