import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import { defaultModel } from '../../../nodes/FluxKontext/core/request/plan';
import {
	cellsAt,
	stagesOf,
	troubleName,
	type Cell,
	type MatrixStage,
} from '../../../tools/docs/reliability/matrix';
import { endingText } from '../../../tools/docs/reliability/ending';
import { endingOf } from '../../../tools/docs/reliability/rules';
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

/** Stages of the matrix that no request of a job without a fault and without an input image reaches. */
const NOT_REACHED: readonly MatrixStage[] = ['input', 'answer', 'store', 'cancel', 'job'];

/** Lists the stages of the requests of a job that nothing disturbs. */
async function stagesWithoutFault(
	fixture: MatrixFixture,
	provider: Provider,
	fromUrl: boolean,
): Promise<string[]> {
	fixture.clear();
	const { outcome } = await fixture.run(provider, 60_000, { fromUrl });
	expect(outcome.result).toMatchObject({ ok: true });
	const reached = new Set<string>(fixture.emulator.requests.map(({ stage }) => stage));
	return [...reached].filter((stage) => stage !== 'other').sort();
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
				const reached = await stagesWithoutFault(fixture, provider, false);
				const expected = stagesOf(provider).filter((stage) => !NOT_REACHED.includes(stage));
				expect(reached).toEqual([...expected].sort());
			});

			it('reads an input image from its URL where the rules say so', async () => {
				const hasEdit = defaultModel(provider, 'edit') !== null;
				const reached = hasEdit ? await stagesWithoutFault(fixture, provider, true) : [];
				expect(reached.includes('input')).toBe(stagesOf(provider).includes('input'));
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
