import type { ICredentialType } from 'n8n-workflow';

import {
	callbackOf,
	isJobProvider,
	type CallbackSignature,
	type Polling,
	type Provider,
	type SubmitRate,
} from '../../nodes/FluxKontext/core/provider';
import type { ModelSpec, Operation, OperationSpec } from '../../nodes/FluxKontext/core/request/model';
import { list, row, table } from './markdown';
import { imagesText, optionsText, sizeText } from './specText';

type ActiveJobs = NonNullable<Provider['maxActiveJobs']>;

const seconds = (ms: number): string => `${ms / 1000} s`;

function credentialTestText(url: string): string {
	return `The test requests \`GET ${url}\`, which generates no image and is free of charge.`;
}

/** Describes where the key is sent. */
function keyText({ trustedHosts }: Provider): string {
	const hosts = trustedHosts.map((host) => `\`${host}\``).join(', ');
	const origins =
		hosts === ''
			? 'the base URL'
			: `the base URL and, where that is one of the provider's own hosts, over https to ${hosts}`;
	return `The key is sent to ${origins}. It is never sent along a redirect or to an image link.`;
}

function credentialText(
	{ displayName, name, properties, test }: ICredentialType,
	provider: Provider,
): string[] {
	const fields = properties.map((field) =>
		row(
			`**${field.displayName}**`,
			field.required ? 'yes' : 'no',
			typeof field.default === 'string' && field.default !== '' ? `\`${field.default}\`` : '',
			field.description ?? '',
		),
	);
	return [
		'## Credential',
		'',
		`The credential type in n8n is **${displayName}** (\`${name}\`).`,
		'',
		...table(['field', 'required', 'default', 'description'], fields),
		...list([credentialTestText(test?.request.url ?? ''), keyText(provider)]),
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
		: row(
				`\`${id}\``,
				`${price.isLowerBound ? 'from ' : ''}$${price.usdPerImage}`,
				price.readOn,
				price.source,
			);
}

const signatureTexts: Readonly<Record<CallbackSignature['kind'], string>> = {
	hmac: 'signed with a secret that the node creates for each job',
	standardWebhooks: "signed with the account's webhook secret, which the node requests with the key",
	ed25519: "signed with the provider's published keys",
};

function callbackText(provider: Provider): string {
	const callback = callbackOf(provider);
	const features = '**Suspend Until Done** and the **Flux Kontext Trigger**';
	if (!callback) return `The provider sends no webhooks: ${features} are not available.`;
	const authenticity = callback.signature
		? signatureTexts[callback.signature.kind]
		: 'not signed and are identified by their URL alone';
	return `A webhook reports the end of a job: ${features} are available. Webhooks are ${authenticity}.`;
}

function pollingText({ firstDelayMs, intervalMs, maxIntervalMs }: Polling): string {
	const [shortest, longest] = [seconds(intervalMs), seconds(maxIntervalMs)];
	const interval = shortest === longest ? shortest : `${shortest} to ${longest}`;
	return `The first status request is sent after ${seconds(firstDelayMs)}, further ones every ${interval}.`;
}

function synchronousText({ submitTimeoutMs }: Provider): string {
	const limit =
		submitTimeoutMs === undefined ? '' : `, for which the node waits at most ${seconds(submitTimeoutMs)}`;
	return `The response to the submit contains the image${limit}. The provider keeps no job.`;
}

/** Describes which prices *Max Cost* is kept by. */
function costLimitText({ estimate, models }: Provider): string {
	const ownOrigin = estimate?.repeatsSubmit
		? ' At another base URL than the default it uses'
		: ' It else uses';
	const start = estimate
		? '**Max Cost** uses the price that the provider quotes before the submit, free of charge.' +
			`${ownOrigin} the prices above,`
		: '**Max Cost** uses the prices above';
	const hasLowerBound = models.some(({ price }) => price?.isLowerBound);
	return `${start} and refuses a model without a price${hasLowerBound ? ' or with a "from" price' : ''}.`;
}

function activeJobsText({ perKey, perModel }: ActiveJobs): string {
	const models = Object.entries(perModel ?? {}).map(([model, count]) => `, ${count} of \`${model}\``);
	return `At most ${perKey} unfinished jobs per key${models.join('')}. Further jobs wait for a slot.`;
}

const submitRateText = ({ count, ms }: SubmitRate): string =>
	`At most ${count} submits in ${seconds(ms)}. Further submits wait.`;

function limitsText(provider: Provider): string[] {
	const { maxActiveJobs, submitRate, notes } = provider;
	const isCancellable = isJobProvider(provider) && provider.cancel !== undefined;
	return [
		...(maxActiveJobs ? [activeJobsText(maxActiveJobs)] : []),
		...(submitRate ? [submitRateText(submitRate)] : []),
		isJobProvider(provider) ? pollingText(provider.polling) : synchronousText(provider),
		isCancellable ? 'Jobs can be cancelled.' : 'Jobs cannot be cancelled.',
		callbackText(provider),
		costLimitText(provider),
		`Lifetime of image links: ${notes.links}.`,
	];
}

/** Renders the generated part of a provider's page, from the registry and the credential. */
export function providerPage(provider: Provider, credential: ICredentialType): string[] {
	const { id, models, notes } = provider;
	return [
		...credentialText(credential, provider),
		'## Models',
		'',
		...table(['model', 'operation', 'input images', 'size', 'options'], models.flatMap(modelRows)),
		`Any other model can be used by its ID. In expressions, the value of this provider is \`${id}\`.`,
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
