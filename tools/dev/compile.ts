import { resolve } from 'node:path';

import ts from 'typescript';

import type { Report } from '../n8n-host/progress';

const root = resolve(__dirname, '..', '..');
const format: ts.FormatDiagnosticsHost = {
	getCanonicalFileName: (name) => name,
	getCurrentDirectory: () => root,
	getNewLine: () => '\n',
};

/**
 * Compiles the sources into a folder, now and whenever one is saved. Reports errors, and writes nothing while
 * there are any. Returns the function that stops it.
 */
export function compileOnSave(outDir: string, report: Report): () => void {
	const host = ts.createWatchCompilerHost(
		resolve(root, 'tsconfig.json'),
		{ outDir, declaration: false, noEmitOnError: true },
		ts.sys,
		ts.createEmitAndSemanticDiagnosticsBuilderProgram,
		(diagnostic) => report(ts.formatDiagnostic(diagnostic, format).trimEnd()),
		({ messageText }) => report(ts.flattenDiagnosticMessageText(messageText, ' ')),
	);
	const program = ts.createWatchProgram(host);
	return () => program.close();
}
