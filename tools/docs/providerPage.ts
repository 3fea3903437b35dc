import type { ICredentialType } from 'n8n-workflow';

import type {
	CallbackSignature,
	ModelSpec,
	Operation,
	OperationSpec,
	Provider,
} from '../../nodes/FluxKontext/core/provider';
import { list, row, table } from './markdown';
import { imagesText, optionsText, sizeText } from './specText';

const seconds = (ms: number): string => `${ms / 1000} s`;

function credentialText(
	{ displayName, name, properties, test }: ICredentialType,
	{ trustedHosts }: Provider,
): string[] {
	const fields = properties.map((field) =>
		row(
			`**${field.displayName}**`,
			field.required ? 'required' : 'optional',
			typeof field.default === 'string' && field.default !== '' ? `\`${field.default}\`` : '',
			field.description ?? '',
		),
	);
	const hosts =
		trustedHosts.length > 0
			? `, and to ${trustedHosts.map((host) => `\`${host}\``).join(', ')} over https`
			: '';
	return [
		'## Credential',
		'',
		`In n8n it is called **${displayName}** (\`${name}\`).`,
		'',
		...table(['field', '', 'default', ''], fields),
		...list([
			`The test asks for \`GET ${test?.request.url ?? ''}\`. It makes no image and costs nothing.`,
			`The key goes to the base URL${hosts}; never along a redirect, never to an image.`,
		]),
	];
}

function modelRows(model: ModelSpec): string[] {
	return (Object.entries(model.operations) as Array<[Operation, OperationSpec]>).map(([operation, spec]) =>
		row(`\`${model.id}\``, operation, imagesText(spec), sizeText(spec.size), optionsText(spec)),
	);
}

function priceRow({ id, price }: ModelSpec): string {
	return price === null
		? row(`\`${id}\``, 'not known', '', '')
		: row(`\`${id}\``, `$${price.usdPerImage}`, price.readOn, price.source);
}

const signatures: Readonly<Record<CallbackSignature['kind'], string>> = {
	hmac: 'signed with a secret that the node gives to each job',
	standardWebhooks: "signed with the account's webhook secret, which the node asks for with the key",
	ed25519: "signed with the provider's published keys",
};

function callbackText({ callback }: Provider): string {
	if (!callback)
		return 'It does not call back: **Suspend Until Done** and the **Flux Kontext Trigger** are not offered.';
	const how = callback.signature
		? signatures[callback.signature.kind]
		: 'not signed, so that only the address tells that they are meant for you';
	return `It calls back when a job is over: **Suspend Until Done** and the **Flux Kontext Trigger** work. Calls are ${how}.`;
}

function limitsText(provider: Provider): string[] {
	const {
		maxActiveJobs,
		submitRate,
		polling,
		buildCancel,
		buildEstimate,
		buildStatus,
		submitTimeoutMs,
		notes,
	} = provider;
	const active = maxActiveJobs && [
		`at most ${maxActiveJobs.perKey} unfinished jobs with one key`,
		...Object.entries(maxActiveJobs.perModel ?? {}).map(([model, count]) => `${count} of \`${model}\``),
	];
	return [
		...(active ? [`Limits: ${active.join(', ')}. More wait for a place.`] : []),
		...(submitRate
			? [`At most ${submitRate.count} submits in ${seconds(submitRate.ms)}; more wait their turn.`]
			: []),
		buildStatus
			? `Polled after ${seconds(polling.firstDelayMs)}, then every ${seconds(polling.intervalMs)} to ${seconds(polling.maxIntervalMs)}.`
			: `Synchronous: the answer to the submit is the image${submitTimeoutMs === undefined ? '' : `, waited for ${seconds(submitTimeoutMs)} at most`}. No job is kept, so there is none to ask for later.`,
		buildCancel ? 'A job can be cancelled.' : 'A job cannot be cancelled.',
		callbackText(provider),
		`**Max Cost** goes by ${buildEstimate ? 'what the provider says when it is asked beforehand, for free' : 'the prices above; a model without one is refused'}.`,
		`Links to finished images work for: ${notes.links}.`,
	];
}

/** What a page says from the registry and the credential. */
export function providerPage(provider: Provider, credential: ICredentialType): string[] {
	const { id, models, notes } = provider;
	return [
		...credentialText(credential, provider),
		'## Models',
		'',
		...table(['model', 'operation', 'input images', 'size', 'options'], models.flatMap(modelRows)),
		`Any other model can be used by its ID. In an expression this provider is \`${id}\`.`,
		'',
		'## Prices',
		'',
		...table(['model', 'price per image', 'read on', 'source'], models.map(priceRow)),
		'## Limits, times and links',
		'',
		...list(limitsText(provider)),
		'## Not verified against the live service',
		'',
		...list(notes.unverified),
		'## Sources',
		'',
		...list(notes.sources),
	];
}
