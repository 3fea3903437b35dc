import { createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';

import type { Host } from './install';

/** Nothing else is handed on: test runners and npm leave settings behind that n8n listens to, and API keys are not its business. */
const INHERITED = [
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

const LOCAL = '127.0.0.1';

/** Whatever would have n8n call its makers, and what a throw-away instance does not need. */
const QUIET = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	// The catalogue of verified packages and the registry of MCP servers are fetched at start.
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_DISABLED_MODULES: 'mcp-registry',
};

const SETTINGS = {
	N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
	N8N_SECURE_COOKIE: 'false',
	N8N_GRACEFUL_SHUTDOWN_TIMEOUT: '8',
	NO_COLOR: '1',
};

export async function freePort(): Promise<number> {
	return await new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, LOCAL, () => {
			const address = server.address();
			server.close(() => {
				if (address !== null && typeof address === 'object') resolve(address.port);
				else reject(new Error('No free port'));
			});
		});
	});
}

export const n8nUrl = (port: number): string => `http://${LOCAL}:${port}`;

export interface EnvironmentOptions {
	host: Host;
	userFolder: string;
	port: number;
	extra?: Record<string, string> | undefined;
}

export async function environment({
	host,
	userFolder,
	port,
	extra,
}: EnvironmentOptions): Promise<NodeJS.ProcessEnv> {
	const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
	const noProxy = [process.env.NO_PROXY ?? process.env.no_proxy, LOCAL, 'localhost']
		.filter(Boolean)
		.join(',');
	return {
		...inherited,
		PATH: [dirname(host.node), process.env.PATH].join(delimiter),
		NO_PROXY: noProxy,
		no_proxy: noProxy,
		...QUIET,
		...SETTINGS,
		N8N_USER_FOLDER: userFolder,
		N8N_HOST: LOCAL,
		N8N_LISTEN_ADDRESS: LOCAL,
		N8N_PORT: String(port),
		// Fixed by default: two instances at once would get in each other's way.
		N8N_RUNNERS_BROKER_PORT: String(await freePort()),
		...extra,
	};
}
