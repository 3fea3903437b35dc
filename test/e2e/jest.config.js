const { projects } = require('../../jest.config.js');

const { transform, testEnvironment } = projects[0];

/**
 * The real n8n needs minutes on a cold cache (its install), seconds on a warm one.
 * @type {import('jest').Config}
 */
module.exports = {
	rootDir: __dirname,
	testEnvironment,
	transform,
	testMatch: ['<rootDir>/**/*.test.ts'],
	testTimeout: 120_000,
	maxWorkers: 1,
};
