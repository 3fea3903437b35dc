/** Operation of a request, by its endpoint. */
export type Mode = 'generate' | 'edit';

/** A provider to which the gateway forwards requests. */
export type Upstream = 'fal' | 'replicate';

/** What the gateway offers of a model. */
export interface ModelRoute {
	modes: readonly Mode[];
	/** Upstream providers whose own fields the model accepts: both where the gateway chooses between them. */
	upstreams: readonly Upstream[];
	/** Price of an image in millionths of a US dollar. */
	micros: number;
}

/** The emulated models by id. */
export const models: Readonly<Record<string, ModelRoute>> = {
	'flux.1-kontext-dev': { modes: ['generate', 'edit'], upstreams: ['fal', 'replicate'], micros: 25_000 },
	// Its price is NOT FOUND.
	'flux.1-kontext-pro': { modes: ['generate', 'edit'], upstreams: ['fal', 'replicate'], micros: 40_000 },
	'fal/flux.1-kontext-dev': { modes: ['generate'], upstreams: ['fal'], micros: 25_000 },
	'fal/flux.1-kontext-dev-edit': { modes: ['edit'], upstreams: ['fal'], micros: 25_000 },
	'replicate/flux.1-kontext-dev': { modes: ['generate', 'edit'], upstreams: ['replicate'], micros: 25_000 },
};

/** The fields that only one upstream provider accepts. */
export const upstreamFields = {
	fal: ['acceleration', 'enable_safety_checker', 'enhance_prompt', 'resolution_mode', 'sync_mode'],
	replicate: ['disable_safety_checker', 'output_quality'],
} as const;
