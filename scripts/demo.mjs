// npm run demo: builds the command and the cores that it needs here, and reads a handwritten digit.
import { spawnSync } from 'node:child_process';
import { buildDevPart } from './build_dist.mjs';
import { COMMAND } from './bundles.mjs';

/** Node 20 has no relaxed SIMD. */
const core = process.versions.node.startsWith('20.') ? 'core.strict' : 'core.relaxed';
const command = ['dist/cli.js', 'classify', 'fixtures/beit-digits/scans/0005-5.png', '--threads', '1'];

console.log('Building the engine, the decoder of pictures and the command line…');
await buildDevPart([{ ...COMMAND, partial: true }], [core, 'core.picture']);
process.exitCode = spawnSync(process.execPath, command, { stdio: 'inherit' }).status ?? 1;
