const { projects } = require('../../jest.config.js');

const { transform } = projects[0];

/**
 * Runs the tests in a real n8n. Installing it takes minutes on a cold cache and seconds on a warm one.
 * @type {import('jest').Config}
 */
module.exports = {
	rootDir: __dirname,
	testEnvironment: '<rootDir>/failureEnvironment.ts',
	transform,
	testMatch: ['<rootDir>/**/*.test.ts'],
	testTimeout: 120_000,
	maxWorkers: 1,
};
