// Preloaded into n8n (`node -r`): ends n8n when the process that started it ends, however that ended.
const { isMainThread } = require('node:worker_threads');

const killProcessGroup = () => {
	try {
		// SIGKILL to the whole group: nothing reads the log any more, so a write to it blocks a graceful
		// shutdown.
		process.kill(-process.pid, 'SIGKILL');
	} catch {
		process.exit(1);
	}
};

// n8n's worker threads preload this file too, but their standard input is not the pipe to the parent process.
if (isMainThread) {
	process.stdin.once('end', killProcessGroup);
	process.stdin.resume().unref();
}
