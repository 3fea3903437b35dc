import { held, type Answer } from '../../../support/scriptedServer';

/**
 * Answers only once the test releases the response, while virtual time advances, so that other waits of the
 * client end. Call `fixture.waitUntilIdle()` between such a wait and the release: it stops time, or the next
 * limit would be reached as well.
 */
export function heldWhileTimePasses(answer: Answer): ReturnType<typeof held> {
	const inner = held(answer);
	const stuckAnswer: Answer = async (request, response, stuck) => {
		stuck('sent');
		await inner.answer(request, response, stuck);
	};
	return { ...inner, answer: stuckAnswer };
}
