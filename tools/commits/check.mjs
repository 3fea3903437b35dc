// Checks the subjects of commits by the rules of conventionalcommits.org: `type(scope): imperative subject`,
// at most 72 characters, no full stop. Commits up to and including BASE are older than the rules.
import { execFileSync } from 'node:child_process';

/** Last commit before the rules. */
const BASE = '2db71d7';
const SUBJECT =
	/^(feat|fix|refactor|perf|test|docs|build|ci|chore|style|revert)(\([\w./-]+\))?!?: [^\s].*[^\s.]$/;
const MAX_CHARACTERS = 72;

const git = (...args) =>
	execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

/**
 * Lists "hash subject" of the commits to check: since BASE, or the latest one where a shallow clone lacks
 * BASE.
 */
function commits() {
	const format = ['log', '--no-merges', '--format=%h %s'];
	try {
		git('cat-file', '-e', `${BASE}^{commit}`);
		return git(...format, `${BASE}..HEAD`);
	} catch {
		return git(...format, '-1');
	}
}

function complaint(subject) {
	if (subject.length > MAX_CHARACTERS)
		return `has ${subject.length} characters; at most ${MAX_CHARACTERS} are allowed`;
	return SUBJECT.test(subject) ? null : 'is not "type(scope): imperative subject"';
}

const complaints = commits()
	.split('\n')
	.filter((line) => line !== '')
	.flatMap((line) => {
		const [hash, ...words] = line.split(' ');
		const wrong = complaint(words.join(' '));
		return wrong === null ? [] : [`${hash} "${words.join(' ')}" ${wrong}`];
	});
for (const line of complaints) console.error(line);
process.exitCode = complaints.length > 0 ? 1 : 0;
