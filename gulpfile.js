const { rm } = require('node:fs/promises');

const { dest, parallel, src } = require('gulp');

const clean = async () => await rm('dist', { recursive: true, force: true });

/** What tsc does not bring to dist: the icons, and the codex that n8n's node panel and search read. */
const icons = () => src('icons/*.svg').pipe(dest('dist/icons'));
const codex = () => src('nodes/**/*.node.json', { base: '.' }).pipe(dest('dist'));

exports.clean = clean;
exports.copy = parallel(icons, codex);
