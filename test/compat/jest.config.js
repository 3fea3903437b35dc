const { join } = require('node:path');

const { projects, testTimeout, maxWorkers } = require('../../jest.config.js');

const { displayName, ...node } = projects.find(({ displayName }) => displayName === 'node');
const folder = process.env.N8N_CORE_FOLDER;
if (!folder)
	throw new Error(
		'N8N_CORE_FOLDER must name the folder that n8n-core is installed in: use npm run test:compat',
	);

const [settings] = Object.values(node.transform);
const [swc, options] = settings;
// n8n-core of then requires these two, which are ES modules; jest can only do that on Node 24.
const modules = '/node_modules/(p-retry|is-network-error)/';

/**
 * The tests of the node, with another n8n in the place of the one that is a development dependency.
 * @type {import('jest').Config}
 */
module.exports = {
	...node,
	rootDir: join(__dirname, '..', '..'),
	testTimeout,
	maxWorkers,
	moduleNameMapper: {
		'^(n8n-core(/package.json)?|n8n-workflow|@n8n/di|reflect-metadata|zod)$': join(
			folder,
			'node_modules',
			'$1',
		),
	},
	transform: {
		...node.transform,
		[modules]: [swc, { ...options, jsc: { ...options.jsc, parser: { syntax: 'ecmascript' } } }],
	},
	transformIgnorePatterns: ['/node_modules/(?!(p-retry|is-network-error)/)'],
	// n8n-core of then has a timer that is never stopped.
	forceExit: true,
};
