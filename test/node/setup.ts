import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Before n8n-core is loaded: its settings, keys and binary data live below this folder.
const folder = mkdtempSync(join(tmpdir(), 'flux-kontext-node-'));
process.env['N8N_USER_FOLDER'] = folder;
// isolated-vm needs Node 24; expressions are not what is tested here.
process.env['N8N_EXPRESSION_ENGINE'] = 'legacy';
process.env['N8N_LOG_LEVEL'] = 'silent';

afterAll(() => rmSync(folder, { recursive: true, force: true }));
