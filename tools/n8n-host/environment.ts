import { createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';

import type { Host } from './install';

/**
 * Variables that n8n inherits. All others are withheld: test runners and npm leave settings behind that n8n
 * reads, and n8n has no use for the API keys of the environment.
 */
const INHERITED_VARIABLES = [
	'HOME',
	'USER',
	'LOGNAME',
	'SHELL',
	'LANG',
	'LC_ALL',
	'TZ',
	'TMPDIR',
	'TEMP',
	'TMP',
	'SystemRoot',
	'USERPROFILE',
	'APPDATA',
	'LOCALAPPDATA',
	'ComSpec',
	'PATHEXT',
	'HTTP_PROXY',
	'HTTPS_PROXY',
	'http_proxy',
	'https_proxy',
	'NODE_EXTRA_CA_CERTS',
	'SSL_CERT_FILE',
	'SSL_CERT_DIR',
];

const LOOPBACK = '127.0.0.1';

/** Turns off what sends requests to n8n's vendor, and what a temporary instance does not need. */
const TELEMETRY_OFF = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	// n8n fetches the catalogue of verified packages and the registry of MCP servers when it starts.
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry',
};

const SETTINGS = {
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	N8N_SECURE_COOKIE: 'false',
	N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '8',
	NO_COLOR: '1',
};

/**
 * Finds a TCP port of the loopback address that is free now. Another process may take it before it is used.
 */
export async function freePort(): Promise<number> {
	return await new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, LOOPBACK, () => {
			const address = server.address();
			server.close(() => {
				if (address !== null && typeof address === 'object') resolve(address.port);
				else reject(new Error('The system assigned no port'));
			});
		});
	});
}

/** URL of an n8n that listens on a port of this machine. */
export const n8nUrl = (port: number): string => `http://${LOOPBACK}:${port}`;

export interface EnvironmentOptions {
	host: Host;
	userFolder: string;
	port: number;
	/** Overrides everything else. */
	extra?: Record<string, string> | undefined;
}

/** Builds the complete environment of an n8n process. */
export async function environment({
	host,
	userFolder,
	port,
	extra,
}: EnvironmentOptions): Promise<NodeJS.ProcessEnv> {
	const inherited = Object.fromEntries(INHERITED_VARIABLES.map((name) => [name, process.env[name]]));
	const noProxy = [process.env.NO_PROXY ?? process.env.no_proxy, LOOPBACK, 'localhost']
		.filter(Boolean)
		.join(',');
	return {
		...inherited,
		PATH: [dirname(host.node), process.env.PATH].join(delimiter),
		NO_PROXY: noProxy,
		no_proxy: noProxy,
		...TELEMETRY_OFF,
		...SETTINGS,
		N8N_USER_FOLDER: userFolder,
		N8N_HOST: LOOPBACK,
		N8N_LISTEN_ADDRESS: LOOPBACK,
		N8N_PORT: String(port),
		// n8n's default port is fixed, so two instances on one machine would conflict.
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		...extra,
	};
}
