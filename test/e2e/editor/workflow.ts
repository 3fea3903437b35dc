import type { Emulator } from '../../../tools/emulator';
import type { CredentialFile, Workflow, WorkflowNode } from '../../../tools/n8n-host/workflows';

const credential = { id: 'fluxKontextEditor', name: 'Black Forest Labs account' };
const start = 'When clicking ‘Execute workflow’';

/** Credential for the emulator, with the id that the workflow refers to. */
export const credentialFor = ({ providers: { blackForestLabs } }: Emulator): CredentialFile => ({
	...credential,
	type: 'fluxKontextBlackForestLabsApi',
	data: { ...blackForestLabs },
});

const flux = (name: string, x: number, parameters: Record<string, unknown>): WorkflowNode => ({
	id: name,
	name,
	type: 'n8n-nodes-flux-kontext.fluxKontext',
	typeVersion: 1,
	position: [x, 0],
	credentials: { fluxKontextBlackForestLabsApi: credential },
	parameters: {
		provider: 'blackForestLabs',
		resource: 'image',
		model: {
			__rl: true,
			mode: 'list',
			value: 'flux-kontext-pro',
			cachedResultName: 'FLUX.1 Kontext [pro]',
		},
		...parameters,
	},
});

/** Generates an image from a prompt, then edits it. */
export const workflow: Workflow = {
	id: 'fluxKontextPics1',
	name: 'From a prompt to an edited picture',
	active: false,
	settings: { executionOrder: 'v1' },
	nodes: [
		{
			id: 'start',
			name: start,
			type: 'n8n-nodes-base.manualTrigger',
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		},
		flux('Generate an image', 260, {
			operation: 'generate',
			prompt: 'A wooded valley at sunset, flat illustration',
			sizing: 'aspectRatio',
			aspectRatio: '16:9',
			options: { seed: 35 },
		}),
		flux('Edit an image', 520, {
			operation: 'edit',
			prompt: 'Make the sky blue and let soap bubbles drift through the valley',
			inputImages: { image: [{ source: 'binary', binaryProperty: 'data' }] },
			options: { seed: 29, outputFormat: 'jpeg' },
		}),
	],
	connections: {
		[start]: { main: [[{ node: 'Generate an image', type: 'main', index: 0 }]] },
		'Generate an image': { main: [[{ node: 'Edit an image', type: 'main', index: 0 }]] },
	},
};
