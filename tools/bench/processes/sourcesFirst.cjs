// Node tries the extensions in their order in this table; tsx adds its own at the end.
const { _extensions: extensions } = require('node:module');

for (const extension of ['.json', '.node']) {
	const load = extensions[extension];
	delete extensions[extension];
	extensions[extension] = load;
}
