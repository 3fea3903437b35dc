// Takes the screenshots of docs/images (npm run pictures) by running the editor tests, which save them to the
// folder in the variable PICTURES.
import { resolve } from 'node:path';

import { run } from 'jest';

process.env['PICTURES'] = resolve(__dirname, '../../docs/images');
void run(['-c', 'test/e2e/jest.config.js', 'e2e/editor/']);
