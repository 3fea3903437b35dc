import { randomUUID } from 'node:crypto';

import { Workflow, type ICredentialTestRequest, type INode } from 'n8n-workflow';

import type { HttpPort, HttpRequest, HttpResponse, Ports } from '../../index';
import { exchange } from '../../nodes/FluxKontext/core/http/exchange';
import { isObject } from '../../nodes/FluxKontext/core/base/json';
import { STATUS_TIMEOUT_MS } from '../../nodes/FluxKontext/core/base/limits';
import { isAnswer, isSuccess } from '../../nodes/FluxKontext/core/job/context';
import type { Order } from './order';
import { confirmed, notApplicable, notConfirmed, type Report } from './report';

const noNode = (): never => {
	throw new Error('An expression of a credential needs no node');
};
const workflow = new Workflow({
	nodes: [],
	connections: {},
	active: false,
	nodeTypes: { getByName: noNode, getByNameAndVersion: noNode, getKnownTypes: noNode },
});
const node: INode = {
	id: '',
	name: 'doctor',
	type: 'doctor',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** What a credential wrote, evaluated by n8n itself. */
const evaluate = (text: string, credentials: Record<string, string>): string =>
	String(
		workflow.expression.getSimpleParameterValue(node, text, 'internal', { $credentials: credentials }),
	);

/** The request by which n8n tests the credential. */
function testRequest({ request }: ICredentialTestRequest, { baseUrl, apiKey }: Order): HttpRequest {
	const [base, path] = [request.baseURL ?? '', request.url ?? ''].map((text) =>
		evaluate(text, { baseUrl, apiKey }),
	);
	return { method: 'GET', url: `${base}${path}` };
}

interface Verdict {
	kind: 'passes' | 'refused' | 'troubled';
	/** What was answered. */
	text: string;
}

/** What an answer to the test means, as n8n judges it. */
function judge(
	{ request, rules = [] }: ICredentialTestRequest,
	answer: HttpResponse,
	{ provider }: Order,
): Verdict {
	const { status, body, headers } = answer;
	for (const { type, properties } of rules) {
		const refused =
			type === 'responseSuccessBody' && isObject(body) && body[properties.key] === properties.value;
		if (refused) return { kind: 'refused', text: `answered ${status}: ${properties.message}` };
	}
	if (isSuccess(answer)) return { kind: 'passes', text: `answered ${status}` };
	const { ignoreHttpStatusErrors: tolerated } = request;
	if (typeof tolerated === 'object' && !tolerated.except.includes(status))
		return { kind: 'passes', text: `answered ${status}, which the test takes for a good key` };
	if (status >= 300 && status < 400)
		return {
			kind: 'troubled',
			text: `answered ${status} and leads to ${headers['location'] ?? 'nowhere'}, where the key does not go`,
		};
	const { code, message } = provider.parseError(answer);
	return { kind: code === 'auth' ? 'refused' : 'troubled', text: message };
}

/**
 * Whether the key passes the credential's own test, and whether a made-up one does not: a test that every key passes
 * tells nothing. Says whether it is worth going on.
 */
export async function testCredential(
	order: Order,
	ports: Ports,
	portWith: (key: string) => Promise<HttpPort>,
	report: Report,
): Promise<boolean> {
	const {
		credential: { test },
		apiKey,
	} = order;
	if (!test) {
		report.add(notConfirmed('credential', 'the credential has no test'));
		return false;
	}
	const http = testRequest(test, order);
	// The address stands in the credential's own file, so the key may go there, as it does in n8n.
	const trial = async (port: HttpPort): Promise<Verdict> => {
		const answer = await exchange({ ...ports, http: port }, http, {
			authenticate: true,
			timeoutMs: STATUS_TIMEOUT_MS,
			signal: ports.stop,
		});
		return isAnswer(answer)
			? judge(test, answer, order)
			: { kind: 'troubled', text: `there was no answer (${answer.reason})` };
	};
	const { origin, pathname } = new URL(http.url);
	const own = await trial(ports.http);
	const seen = `GET ${origin}${pathname}: ${own.text}`;
	if (own.kind !== 'passes') {
		report.add(
			notConfirmed('credential', own.kind === 'refused' ? `the key was refused; ${seen}` : seen),
		);
		return false;
	}
	report.add(confirmed('credential', seen));
	if (apiKey === '') {
		report.add(notApplicable('wrongKey', 'there is no key'));
		return true;
	}
	const madeUp = await trial(await portWith(`made-up-${randomUUID()}`));
	const tells = madeUp.kind === 'refused' ? confirmed : notConfirmed;
	report.add(tells('wrongKey', `sent with a made-up key: ${madeUp.text}`));
	return true;
}
