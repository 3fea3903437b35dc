import { runpod } from '../../../../nodes/FluxKontext/providers/runpod';
import { preparedRequest, urlImage } from '../../../support/requests';
import { json, type Answer } from '../../../support/scriptedServer';

const endpoint = 'black-forest-labs-flux-1-kontext-dev';

/** Provider of these tests: Runpod, because it can cancel jobs. */
export const provider = runpod;
/** An edit of one image. */
export const request = preparedRequest({
	model: endpoint,
	operation: 'edit',
	images: [urlImage('https://a.example/in.png')],
});
export const submitPath = /\/run$/;
export const statusPath = /\/status\/job-1$/;
export const cancelPath = /\/cancel\/job-1$/;

export const accepted = json(200, { id: 'job-1', status: 'IN_QUEUE' });
/** Answers with the job in this state. */
export const state = (status: string, more: object = {}): Answer =>
	json(200, { id: 'job-1', status, ...more });
export const pending = state('IN_PROGRESS');
/** Answers with the finished job and a link to its image. */
export const completed = (url: string): Answer =>
	state('COMPLETED', { delayTime: 18, executionTime: 4_521, output: { image_url: url, cost: 0.031457 } });
export const cancelled = state('CANCELLED');
