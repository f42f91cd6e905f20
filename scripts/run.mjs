// node scripts/run.mjs FILE.ts [ARGS…]: bundles one TypeScript file and runs it.
import { spawnSync } from 'node:child_process';
import { bundleForNode } from './bundle.mjs';

const [file, ...args] = process.argv.slice(2);
await bundleForNode([file], 'build/run');
const script = `build/run/${file.replace(/\.ts$/, '.mjs')}`;
process.exitCode = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' }).status ?? 1;
