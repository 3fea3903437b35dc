// Moves .json and .node behind .ts: Node tries the extensions in the order of this table, and tsx appends its
// own.
const { _extensions: extensions } = require('node:module');

for (const extension of ['.json', '.node']) {
	const load = extensions[extension];
	delete extensions[extension];
	extensions[extension] = load;
}
