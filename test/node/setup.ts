import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Set before n8n-core is loaded: it keeps its settings, keys and binary data below this folder.
const folder = mkdtempSync(join(tmpdir(), 'flux-kontext-node-'));
process.env['N8N_USER_FOLDER'] = folder;
// n8n's default engine, isolated-vm, needs Node 24.
if (Number(process.versions.node.split('.')[0]) < 24) process.env['N8N_EXPRESSION_ENGINE'] = 'legacy';
process.env['N8N_LOG_LEVEL'] = 'silent';

afterAll(() => rmSync(folder, { recursive: true, force: true }));
