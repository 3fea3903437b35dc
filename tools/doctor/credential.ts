import { randomUUID } from 'node:crypto';

import { Workflow, type ICredentialTestRequest, type INode } from 'n8n-workflow';

import type { HttpPort, HttpRequest, HttpResponse, Ports } from '../../index';
import { withQuery } from '../../nodes/FluxKontext/core/http/baseUrl';
import { exchange } from '../../nodes/FluxKontext/core/http/exchange';
import { isObject } from '../../nodes/FluxKontext/core/base/json';
import { hasSameOrigin } from '../../nodes/FluxKontext/core/http/trust';
import { defaultLimits } from '../../nodes/FluxKontext/core/base/limits';
import type { DoctorOptions } from './options';
import { confirmed, notApplicable, notConfirmed, type Report } from './report';
import { isSuccess } from '../../nodes/FluxKontext/core/http/status';

const noNodeType = (): never => {
	throw new Error('An expression of a credential must not need a node type');
};
const workflow = new Workflow({
	nodes: [],
	connections: {},
	active: false,
	nodeTypes: { getByName: noNodeType, getByNameAndVersion: noNodeType, getKnownTypes: noNodeType },
});
const node: INode = {
	id: '',
	name: 'doctor',
	type: 'doctor',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** Evaluates an expression of a credential type with n8n's own engine. */
const evaluate = (expression: string, credentials: Record<string, string>): string =>
	String(
		workflow.expression.getSimpleParameterValue(node, expression, 'internal', {
			$credentials: credentials,
		}),
	);

/** Builds the request with which n8n tests the credential. */
function testRequest(
	{ request }: ICredentialTestRequest,
	{ baseUrl, baseQuery, apiKey }: DoctorOptions,
): HttpRequest {
	const [base, path] = [request.baseURL ?? '', request.url ?? ''].map((text) =>
		evaluate(text, { baseUrl, apiKey }),
	);
	const url = `${base}${path}`;
	return { method: 'GET', url: hasSameOrigin(url, baseUrl) ? withQuery(url, baseQuery) : url };
}

interface TestOutcome {
	/** `refused`: the provider rejects the key. `failed`: the response says nothing about the key. */
	kind: 'passed' | 'refused' | 'failed';
	text: string;
}

/** Interprets the response to the test request as n8n does. */
function interpret(
	{ request, rules = [] }: ICredentialTestRequest,
	response: HttpResponse,
	{ provider }: DoctorOptions,
): TestOutcome {
	const { status, body, headers } = response;
	for (const { type, properties } of rules) {
		const refused =
			type === 'responseSuccessBody' && isObject(body) && body[properties.key] === properties.value;
		if (refused) return { kind: 'refused', text: `answered ${status}: ${properties.message}` };
	}
	if (isSuccess(response)) return { kind: 'passed', text: `answered ${status}` };
	const { ignoreHttpStatusErrors: tolerated } = request;
	if (typeof tolerated === 'object' && !tolerated.except.includes(status))
		return { kind: 'passed', text: `answered ${status}, which the test accepts` };
	if (status >= 300 && status < 400)
		return {
			kind: 'failed',
			text:
				`answered ${status} and redirects to ${headers['location'] ?? 'no URL'}, ` +
				'where the key is not sent',
		};
	const { code, message } = provider.parseError(response);
	return { kind: code === 'auth' ? 'refused' : 'failed', text: message };
}

/**
 * Checks that the key passes the credential's test, and that a made-up key does not: a test that every key
 * passes proves nothing. Resolves to whether the key passed, without which the run ends. Sends two free
 * requests at most.
 */
export async function testCredential(
	options: DoctorOptions,
	ports: Ports,
	portWith: (key: string) => Promise<HttpPort>,
	report: Report,
): Promise<boolean> {
	const {
		credential: { test },
		apiKey,
	} = options;
	if (!test) {
		report.add(notConfirmed('credential', 'the credential has no test'));
		return false;
	}
	const http = testRequest(test, options);
	// The credential's file names this URL, so the key may be sent there, as n8n does.
	const sendTest = async (port: HttpPort): Promise<TestOutcome> => {
		const outcome = await exchange({ ...ports, http: port }, http, {
			authenticate: true,
			timeoutMs: defaultLimits.statusTimeoutMs,
			maxBytes: defaultLimits.maxResponseBytes,
			signal: ports.stop,
		});
		return outcome.kind === 'response'
			? interpret(test, outcome.response, options)
			: { kind: 'failed', text: `there was no answer (${outcome.reason})` };
	};
	const { origin, pathname } = new URL(http.url);
	const outcome = await sendTest(ports.http);
	const detail = `GET ${origin}${pathname}: ${outcome.text}`;
	if (outcome.kind !== 'passed') {
		const isRefused = outcome.kind === 'refused';
		report.add(notConfirmed('credential', isRefused ? `the key was refused; ${detail}` : detail));
		return false;
	}
	report.add(confirmed('credential', detail));
	if (apiKey === '') {
		report.add(notApplicable('wrongKey', 'there is no key'));
		return true;
	}
	const madeUpKeyOutcome = await sendTest(await portWith(`made-up-${randomUUID()}`));
	const createFinding = madeUpKeyOutcome.kind === 'refused' ? confirmed : notConfirmed;
	report.add(createFinding('wrongKey', `sent with a made-up key: ${madeUpKeyOutcome.text}`));
	return true;
}
