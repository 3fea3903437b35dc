import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	IHttpRequestOptions,
	INode,
	INodeParameters,
	Workflow,
} from 'n8n-workflow';

import { providers } from '../../nodes/FluxKontext/providers';
import { credentialOf } from '../support/credentials';

/** Stored credentials by their type. */
export type StoredCredentials = Readonly<Record<string, ICredentialDataDecryptedObject>>;

/**
 * Serves stored credentials and adds them to requests: the part of n8n that n8n-core leaves to the server.
 * Its methods are those that n8n-core calls.
 */
export class CredentialsHelper {
	constructor(private readonly stored: StoredCredentials) {}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async preAuthentication(): Promise<undefined> {
		await Promise.resolve();
	}

	async getDecrypted(
		_additionalData: unknown,
		_node: unknown,
		type: string,
	): Promise<ICredentialDataDecryptedObject> {
		const data = this.stored[type];
		if (!data) throw new Error(`No credential of the type ${type} is stored`);
		return await Promise.resolve({ ...data });
	}

	/**
	 * Evaluates the expressions of the type's `authenticate` and merges them into the request, as n8n does.
	 */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		request: IHttpRequestOptions,
		workflow: Workflow,
		node: INode,
	): Promise<IHttpRequestOptions> {
		const provider = providers.find(({ credential }) => credential === typeName);
		const authenticate = provider && (await credentialOf(provider))?.authenticate;
		if (!authenticate) throw new Error(`The credential type ${typeName} has no authentication`);
		if (typeof authenticate === 'function') return await authenticate(credentials, request);
		const evaluate = (template: object = {}): IDataObject =>
			workflow.expression.getComplexParameterValue(node, template as INodeParameters, 'internal', {
				$credentials: credentials,
			}) as IDataObject;
		const { headers, qs } = authenticate.properties;
		return {
			...request,
			headers: { ...request.headers, ...evaluate(headers) },
			qs: { ...request.qs, ...evaluate(qs) },
		};
	}
}
