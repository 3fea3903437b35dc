import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import {
	cellsAt,
	stagesOf,
	troubleName,
	type Cell,
	type MatrixStage,
} from '../../../tools/docs/reliability/matrix';
import { endingOf, endingText } from '../../../tools/docs/reliability/rules';
import { traitsOf } from '../../../tools/docs/reliability/traits';
import { startMatrixFixture, type MatrixFixture } from './matrixFixture';
import { observe } from './observe';

/** Outcomes of the cells of a stage, by the name of the cell. */
type Outcomes = Record<string, string>;

const cellName = ({ trouble, times }: Cell): string => `${troubleName(trouble)}, ${times}`;

async function observedOutcomes(
	fixture: MatrixFixture,
	provider: Provider,
	stage: MatrixStage,
): Promise<Outcomes> {
	const outcomes: Outcomes = {};
	for (const cell of cellsAt(stage)) outcomes[cellName(cell)] = await observe(fixture, provider, cell);
	return outcomes;
}

function expectedOutcomes(provider: Provider, stage: MatrixStage): Outcomes {
	const traits = traitsOf(provider);
	return Object.fromEntries(
		cellsAt(stage).map((cell) => [cellName(cell), endingText(endingOf(cell, traits))]),
	);
}

/** Defines the tests of the fault matrix for some providers. */
export function matrixOf(providers: readonly Provider[]): void {
	let fixture: MatrixFixture;
	beforeAll(async () => {
		fixture = await startMatrixFixture();
	});
	afterAll(async () => await fixture.close());

	describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
		'a job of %s',
		(_, provider) => {
			it('passes through the stages of the matrix if there is no fault', async () => {
				fixture.clear();
				const { outcome } = await fixture.run(provider, 60_000);
				expect(outcome.result).toMatchObject({ ok: true });
				const reached = new Set<string>(fixture.emulator.requests.map(({ stage }) => stage));
				const expected = stagesOf(provider).filter(
					(stage) => !['answer', 'store', 'cancel', 'job'].includes(stage),
				);
				expect([...reached].filter((stage) => stage !== 'other').sort()).toEqual(
					[...expected].sort(),
				);
			});

			it.each(stagesOf(provider))(
				'ends as the rules require for every fault at the stage %s',
				async (stage) => {
					expect(await observedOutcomes(fixture, provider, stage)).toEqual(
						expectedOutcomes(provider, stage),
					);
				},
			);
		},
	);
}
