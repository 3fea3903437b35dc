/** A query string of a link may be its signature, and whoever holds the link can fetch the image. */
const QUERY = /(https?:\/\/[^\s"'<>?#]+)[?#][^\s"'<>]*/g;
const AUTHORIZATION = /\b(Bearer|Key)\s+[\w.:~+/-]{8,}=*/gi;

/** Takes keys, Authorization values and the signatures of links out of a text that people and logs will see. */
export function redact(text: string, secrets: readonly string[]): string {
	return secrets
		.filter((secret) => secret.length > 3)
		.reduce((clean, secret) => clean.split(secret).join('[hidden]'), text)
		.replace(AUTHORIZATION, '$1 [hidden]')
		.replace(QUERY, '$1?[hidden]');
}
