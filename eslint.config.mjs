// n8n's own rules for what ships (nodes/, credentials/, package.json): both plugins with the very sets that n8n's scan of
// community packages applies, and nothing switched off beyond what that scan itself switches off. typescript-eslint's
// strict, type-aware rules over everything.
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import n8nNodesBase from 'eslint-plugin-n8n-nodes-base';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const { community, credentials, nodes } = n8nNodesBase.configs;

/** Confines a set to some files. */
const only = (files, configs) => [configs].flat().map((config) => ({ ...config, files }));

export default defineConfig(
	{ ignores: ['dist/', 'node_modules/', 'demo-output/', 'templates/', '**/package-lock.json'] },
	{ linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
	only(
		['nodes/**/*.ts', 'nodes/**/*.json', 'credentials/**/*.ts', 'package.json'],
		n8nCommunityNodesPlugin.configs.recommended,
	),
	{ plugins: { 'n8n-nodes-base': n8nNodesBase } },
	{ files: ['package.json'], rules: community.rules },
	{
		files: ['credentials/**/*.ts'],
		rules: {
			...credentials.rules,
			// As n8n's scan: made for n8n's own repository.
			'n8n-nodes-base/cred-class-field-documentation-url-miscased': 'off',
			'n8n-nodes-base/cred-class-field-type-options-password-missing': 'off',
		},
	},
	{
		files: ['nodes/**/*.ts'],
		rules: {
			...nodes.rules,
			// As n8n's scan: the first two contradict its newer rule on connection types.
			'n8n-nodes-base/node-class-description-inputs-wrong-regular-node': 'off',
			'n8n-nodes-base/node-class-description-outputs-wrong': 'off',
			'n8n-nodes-base/node-param-type-options-max-value-present': 'off',
		},
	},
	{ files: ['nodes/**/*.ts', 'credentials/**/*.ts'], rules: { 'no-console': 'error' } },
	{ files: ['**/*.json'], languageOptions: { parser: tseslint.parser } },
	only(['**/*.ts'], tseslint.configs.strictTypeChecked),
	{
		files: ['**/*.ts'],
		languageOptions: {
			parserOptions: { project: './test/tsconfig.json', tsconfigRootDir: import.meta.dirname },
		},
		rules: {
			// Numbers in texts are meant.
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
			'@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
			'@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
		},
	},
);
