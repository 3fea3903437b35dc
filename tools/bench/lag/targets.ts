import type { Target } from '../support/section';
import { median } from '../support/statistics';
import type { NodeTraits, PollInterval } from './candidates';
import { lagsOf, type Line } from './lines';
import type { Measurement } from './runLag';

const LAG_SHARE = 0.05;
/** Smallest target without a recommended interval, for short jobs. */
const SHORT_JOB_LAG_MS = 300;

/**
 * Returns the target for the median lag in milliseconds: half of the recommended interval, or else 5 % of the
 * duration, but at least 0.3 s.
 */
export const lagTargetMs = (durationMs: number, recommended: PollInterval | null): number =>
	recommended ? recommended(durationMs) / 2 : Math.max(SHORT_JOB_LAG_MS, durationMs * LAG_SHARE);

/** Explains why a target is missed, apart from chance. */
function missReason(name: string, missed: readonly Measurement[], { recommended }: NodeTraits): string {
	if (recommended && missed.every(({ durationMs }) => durationMs < recommended(durationMs)))
		return 'Such a job ends before the first status request that the provider recommends.';
	if (recommended)
		return (
			'Polls at the recommended interval notice the end after half of it on average, plus the time ' +
			'of a request; a job that ends just after a status request waits for a whole interval.'
		);
	return name.endsWith('first run')
		? 'No job of the model has been seen yet, so the node polls as often as the official clients, and ' +
				'the time of a request is added.'
		: 'The durations of the jobs vary by 15 %, and a status request just before the end costs another ' +
				'wait of at least 0.3 s.';
}

function lineTarget(name: string, node: NodeTraits, missed: readonly Measurement[]): Target {
	const target = node.recommended
		? 'at most half of the recommended interval'
		: 'at most 5 % of the duration, or 0.3 s';
	const durations = missed.map(({ durationMs }) => `${durationMs / 1000} s`).join(', ');
	return {
		name: `Median lag of ${name}: ${target}`,
		met: missed.length === 0,
		measured: missed.length === 0 ? 'at every duration' : `not for jobs of ${durations}`,
		...(missed.length > 0 && { reason: missReason(name, missed, node) }),
	};
}

/** Returns a target for each row of this node. */
export function lagTargets(lines: readonly Line[], measurements: readonly Measurement[]): Target[] {
	return lines.flatMap(({ name, node, cells }) => {
		if (!node) return [];
		const isMet = (durationMs: number, index: number) =>
			median(lagsOf(cells[index] ?? [])) <= lagTargetMs(durationMs, node.recommended);
		const missed = measurements.filter(({ durationMs }, index) => !isMet(durationMs, index));
		return [lineTarget(name, node, missed)];
	});
}
