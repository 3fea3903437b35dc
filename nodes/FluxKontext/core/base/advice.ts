import type { FaultCode } from './faults';

/**
 * Tells the user what to do next, for a fault that brings no more specific advice. One imperative sentence
 * per code.
 */
export const advice: Readonly<Record<FaultCode, string>> = {
	auth: 'Check the API key and the base URL in the credential, and that the key may use this model.',
	payment: "Top up the balance of the provider's account, then run again.",
	rateLimited: "Lower 'Concurrency' in the options, or run again later.",
	invalidRequest: 'Correct the named field, then run again. Nothing was charged.',
	moderated:
		'Change the prompt or the input image; where the provider allows it, ' +
		"raise 'Safety Tolerance' in the options.",
	notFound:
		'Check the model name and the base URL; ' +
		'a job that the provider no longer keeps cannot be read again.',
	expired: 'The provider no longer keeps this image: run the item again.',
	unavailable: 'Run again later; check the base URL in the credential if it goes on.',
	timeout:
		"Raise 'Timeout' in the options, or fetch the image later with Job → Wait: " +
		'the job is in the details.',
	cancelled: 'Run the workflow again to start over.',
	failed: 'Run again; if it fails again, change the prompt or the input image.',
	badResponse:
		'The provider answered in a way this node does not know. Check the base URL in the credential.',
	costLimit: "Raise 'Max Cost' in the options, or send fewer items.",
};
