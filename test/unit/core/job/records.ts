import { createJobRecord, type JobRecord } from '../../../../nodes/FluxKontext/core/job/record';
import type { Handle } from '../../../../nodes/FluxKontext/core/job/snapshot';
import type { Provider } from '../../../../nodes/FluxKontext/core/provider';
import { addressesOf as endpointAddresses } from '../../../support/endpoints';
import { contextOf, snapshotsOf } from '../../providers/samples';

const submittedAt = '2026-11-20T12:00:00.000Z';
/** Returns records of a provider's jobs, one in each state that its responses can describe. */
export const recordsOf = (provider: Provider) =>
	snapshotsOf(provider).map((snapshot) =>
		createJobRecord(
			{ provider: provider.id, model: provider.models[0]?.id ?? '', submittedAt },
			snapshot,
		),
	);
/** Returns the record of a finished job. */
export const finishedOf = (provider: Provider): JobRecord<Handle> => {
	const record = recordsOf(provider).at(-1);
	if (!record) throw new Error(`${provider.id} has no sample of a finished job`);
	return record;
};
/** Matches the refusal of a job record. */
export const refusal = (message: unknown) => ({
	ok: false,
	fault: expect.objectContaining({
		code: 'invalidRequest',
		message,
		description: expect.stringContaining('{{ $json.job }}') as unknown,
	}) as unknown,
});

/** Tells whether an address may receive the key, independently of the engine's own rule. */
export function mayReceiveKey(url: string, { trustedHosts }: Provider, baseUrl: string): boolean {
	const { origin, protocol, hostname, port, username, password } = new URL(url);
	if (username !== '' || password !== '') return false;
	const trusted = trustedHosts.some((host) =>
		host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host,
	);
	return origin === new URL(baseUrl).origin || (protocol === 'https:' && port === '' && trusted);
}

/** Lists the addresses that a handle leads to. */
export const addressesOf = (provider: Provider, handle: Handle): string[] =>
	endpointAddresses(provider, handle, contextOf(provider));
