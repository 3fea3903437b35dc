import { resolve } from 'node:path';

import ts from 'typescript';

const root = resolve(__dirname, '..', '..');
const format: ts.FormatDiagnosticsHost = {
	getCanonicalFileName: (name) => name,
	getCurrentDirectory: () => root,
	getNewLine: () => '\n',
};

/** Compiles the sources into a folder, now and whenever one is saved; what does not compile is reported, and nothing is written until it does. */
export function compileOnSave(outDir: string, report: (line: string) => void): () => void {
	const host = ts.createWatchCompilerHost(
		resolve(root, 'tsconfig.json'),
		{ outDir, declaration: false, noEmitOnError: true },
		ts.sys,
		ts.createEmitAndSemanticDiagnosticsBuilderProgram,
		(diagnostic) => report(ts.formatDiagnostic(diagnostic, format).trimEnd()),
		({ messageText }) => report(ts.flattenDiagnosticMessageText(messageText, ' ')),
	);
	const watching = ts.createWatchProgram(host);
	return () => watching.close();
}
