import { held, type Answer } from '../../../support/scriptedServer';

/**
 * As `held`, but virtual time goes on meanwhile, so that what the client waits for besides comes due. Between the end of
 * that wait and the release the fixture has to be quiet (`fixture.quiet()`), or the next limit comes due as well.
 */
export function heldApart(answer: Answer): ReturnType<typeof held> {
	const inner = held(answer);
	const apart: Answer = async (request, response, stuck) => {
		stuck('sent');
		await inner.answer(request, response, stuck);
	};
	return { ...inner, answer: apart };
}
