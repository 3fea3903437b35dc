import type { ICredentialDataDecryptedObject, IHttpRequestOptions } from 'n8n-workflow';

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

	/** Authenticates a request by the function of its credential type. */
	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		const provider = providers.find(({ credential }) => credential === typeName);
		const authenticate = provider && (await credentialOf(provider))?.authenticate;
		if (typeof authenticate !== 'function')
			throw new Error(`The credential type ${typeName} does not authenticate by a function`);
		return await authenticate(credentials, request);
	}
}
