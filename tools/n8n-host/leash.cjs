// Loaded into n8n before its own code: when the process that started n8n is gone, however it ended, n8n ends too.
const { isMainThread } = require('node:worker_threads');

const endAll = () => {
	try {
		// The whole group, hard: nobody reads the log any more, and writing to it keeps an orderly end from coming.
		process.kill(-process.pid, 'SIGKILL');
	} catch {
		process.exit(1);
	}
};

// n8n's worker threads load this as well, and have no such standard input.
if (isMainThread) {
	process.stdin.once('end', endAll);
	process.stdin.resume().unref();
}
