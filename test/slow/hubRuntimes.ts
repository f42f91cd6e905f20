// The table of hub scenarios in every runtime that can be found: node scripts/run.mjs test/slow/hubRuntimes.ts [PART…]
// Binaries come from DENO, BUN and NODE, or from .cache/runtimes/node_modules (npm packages of deno, bun and node).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { startHubServer } from '../hubServer/server.ts';
import { scripts } from '../hubServer/table.ts';

const BUNDLE = 'build/hubServer.mjs';
const PACKAGES = '.cache/runtimes/node_modules';

interface Runtime {
  readonly name: string;
  readonly candidates: readonly (string | undefined)[];
  readonly args: readonly string[];
}

const RUNTIMES: readonly Runtime[] = [
  { name: 'node', candidates: [process.env.NODE, process.execPath], args: [] },
  { name: 'node 24', candidates: [`${PACKAGES}/node-24/bin/node`], args: [] },
  {
    name: 'deno',
    candidates: [process.env.DENO, `${PACKAGES}/deno-linux/deno`, `${PACKAGES}/@deno/linux-x64-glibc/deno`],
    args: ['run', '--allow-all', '--no-config'],
  },
  {
    name: 'bun',
    candidates: [process.env.BUN, `${PACKAGES}/bun-linux/bin/bun`, `${PACKAGES}/@oven/bun-linux-x64/bin/bun`],
    args: [],
  },
];

async function runIn({ name, candidates, args }: Runtime): Promise<boolean> {
  const binary = candidates.find((path) => path !== undefined && existsSync(path));
  if (!binary) {
    console.log(`skip: ${name}: no binary`);
    return true;
  }
  const server = await startHubServer(scripts());
  const child = spawn(binary, [...args, BUNDLE, server.hub, ...process.argv.slice(2)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const status = await new Promise((done) => child.on('close', done));
  await server.close();
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}: ${output.trim()}`);
  return status === 0;
}

await build({
  entryPoints: ['test/hubServer/main.ts'],
  outfile: BUNDLE,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'es2022',
  logLevel: 'error',
});
let sound = true;
for (const runtime of RUNTIMES) sound = (await runIn(runtime)) && sound;
process.exitCode = sound ? 0 : 1;
