const shared = {
	testEnvironment: 'node',
	transform: {
		'^.+\\.ts$': [
			'@swc/jest',
			{ jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
		],
	},
	modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/demo-output/'],
};

/** @type {import('jest').Config} */
module.exports = {
	testTimeout: 30_000,
	// jest leaves one core idle by default, which is half of a small machine.
	maxWorkers: '100%',
	projects: [
		{ ...shared, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
		{ ...shared, displayName: 'tools', testMatch: ['<rootDir>/test/tools/**/*.test.ts'] },
		{ ...shared, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.test.ts'] },
		{
			...shared,
			displayName: 'node',
			testMatch: ['<rootDir>/test/node/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
		{
			...shared,
			displayName: 'matrix',
			testMatch: ['<rootDir>/test/robustness/matrix/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
		{
			...shared,
			displayName: 'soak',
			testMatch: ['<rootDir>/test/robustness/soak/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
		{
			...shared,
			displayName: 'fuzz',
			testMatch: ['<rootDir>/test/robustness/fuzz/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
	],
};
