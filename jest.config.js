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
		{ ...shared, displayName: 'emulator', testMatch: ['<rootDir>/test/emulator/**/*.test.ts'] },
		{ ...shared, displayName: 'contract', testMatch: ['<rootDir>/test/contract/**/*.test.ts'] },
		{
			...shared,
			displayName: 'node',
			testMatch: ['<rootDir>/test/node/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
		{
			...shared,
			displayName: 'faults',
			testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
		{
			...shared,
			displayName: 'soak',
			testMatch: ['<rootDir>/test/soak/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
		{
			...shared,
			displayName: 'fuzz',
			testMatch: ['<rootDir>/test/fuzz/**/*.test.ts'],
			setupFilesAfterEnv: ['<rootDir>/test/node/setup.ts'],
		},
	],
};
