import type { Provider } from '../../../nodes/FluxKontext/core/provider';
import { cellsAt, stagesOf, troubleName, type MatrixStage } from '../../../tools/docs/reliability/matrix';
import { observe } from './observe';
import { startMatrixFixture, type MatrixFixture } from './matrixFixture';
import { endingOf, endingText } from '../../../tools/docs/reliability/rules';
import { traitsOf } from '../../../tools/docs/reliability/traits';

type Table = Record<string, string>;

async function observed(fixture: MatrixFixture, provider: Provider, stage: MatrixStage): Promise<Table> {
	const table: Table = {};
	for (const cell of cellsAt(stage))
		table[`${troubleName(cell.trouble)}, ${cell.times}`] = await observe(fixture, provider, cell);
	return table;
}

function expected(provider: Provider, stage: MatrixStage): Table {
	const traits = traitsOf(provider);
	return Object.fromEntries(
		cellsAt(stage).map((cell) => [
			`${troubleName(cell.trouble)}, ${cell.times}`,
			endingText(endingOf(cell, traits)),
		]),
	);
}

/** The fault matrix of some providers: a file for each part of the registry, so that they run side by side. */
export function matrixOf(providers: readonly Provider[]): void {
	let fixture: MatrixFixture;
	beforeAll(async () => {
		fixture = await startMatrixFixture();
	});
	afterAll(async () => await fixture.close());

	describe.each(providers.map((provider) => [provider.displayName, provider] as const))(
		'%s',
		(_, provider) => {
			it('goes through the stages of the matrix when nothing goes wrong', async () => {
				fixture.clear();
				const { outcome } = await fixture.run(provider, 60_000);
				expect(outcome.result).toMatchObject({ ok: true });
				const gone = new Set<string>(fixture.emulator.requests.map(({ stage }) => stage));
				const meant = stagesOf(provider).filter((stage) => !['cancel', 'job'].includes(stage));
				expect([...gone].filter((stage) => stage !== 'other').sort()).toEqual([...meant].sort());
			});

			it.each(stagesOf(provider))(
				'ends every fault at the stage %s as the rules say',
				async (stage) => {
					expect(await observed(fixture, provider, stage)).toEqual(expected(provider, stage));
				},
			);
		},
	);
}
