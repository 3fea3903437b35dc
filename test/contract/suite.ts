import type { Provider } from '../../index';
import { fixtures, type ProviderFixture } from '../fixtures';
import type { ContractFixture } from './contractFixture';
import { testFailures } from './failures';
import { testJobs } from './jobs';
import { testModel } from './models';
import { modelOperations } from './outcomes';
import { testSubmits } from './submits';

/** Provider under test, with its fixture and the emulator. */
export interface ContractSubject {
	harness: ContractFixture;
	provider: Provider;
	fixture: ProviderFixture;
}

const providersWithFixture = (
	providers: readonly Provider[],
	known: Readonly<Record<string, ProviderFixture>>,
) =>
	providers.flatMap((provider) => {
		const fixture = known[provider.id];
		return fixture
			? [[provider.displayName, provider, fixture] as [string, Provider, ProviderFixture]]
			: [];
	});

/** Defines the tests that every provider must pass. */
export function contractOf(harness: ContractFixture, providers: readonly Provider[], known = fixtures): void {
	describe.each(providersWithFixture(providers, known))('%s', (_, provider, fixture) => {
		const subject = { harness, provider, fixture };
		testSubmits(subject);
		describe.each(
			modelOperations(provider).map((use) => [`${use.operation} with ${use.model.id}`, use] as const),
		)('%s', (__, use) => testModel(subject, use));
		testJobs(subject);
		testFailures(subject);
	});
}
