// Takes the pictures of the documentation: runs the tests of the editor, which leave them behind when they are told where.
import { resolve } from 'node:path';

import { run } from 'jest';

process.env['PICTURES'] = resolve(__dirname, '../../docs/images');
void run(['-c', 'test/e2e/jest.config.js', 'e2e/editor/']);
