/** How HTTP Request nodes call a provider, as n8n expressions that a user would type. */
export interface LoopApi {
	submit: string;
	body: string;
	header: { name: string; value: string };
	status: string;
	/** Status of a finished job. */
	done: string;
	image: string;
}

const webhookField = (field: string) => `$('Webhook').first().json.body.${field}`;

export const loopApis = {
	blackForestLabs: {
		submit: `={{ ${webhookField('baseUrl')} }}/v1/flux-kontext-pro`,
		body: '={{ JSON.stringify({ prompt: $json.prompt }) }}',
		header: { name: 'x-key', value: `={{ ${webhookField('apiKey')} }}` },
		status: `={{ ${webhookField('baseUrl')} }}/v1/get_result?id={{ $json.id }}`,
		done: 'Ready',
		image: '={{ $json.result.sample }}',
	},
	replicate: {
		submit: `={{ ${webhookField('baseUrl')} }}/models/black-forest-labs/flux-kontext-pro/predictions`,
		body: '={{ JSON.stringify({ input: { prompt: $json.prompt } }) }}',
		header: { name: 'authorization', value: `=Bearer {{ ${webhookField('apiKey')} }}` },
		status: '={{ $json.urls.get }}',
		done: 'succeeded',
		// A URL, or a list of URLs.
		image: '={{ [$json.output].flat()[0] }}',
	},
} satisfies Record<string, LoopApi>;
