// node scripts/build.mjs [--no-types]: everything that is published, into dist/: the cores, one bundle for each platform,
// the worker scripts, the command line and the type declarations. Prints the bytes of each file.
// With --dev it is readable, with names and source maps, and without types; unchanged cores come from the cache.
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildDev, buildRelease } from './build_dist.mjs';

const asked = (flag) => process.argv.includes(flag);

mkdirSync('dist', { recursive: true });
if (asked('--dev')) await buildDev();
else {
  await Promise.all([buildRelease(), asked('--no-types') || emitTypes()]);
  for (const file of readdirSync('dist').filter((name) => /\.(c?js|wasm)$/.test(name))) report(`dist/${file}`);
}

/** In a process of its own, beside the bundlers. */
function emitTypes() {
  return promisify(execFile)(process.execPath, ['scripts/emit_types.mjs']);
}

function report(file) {
  console.log(`${statSync(file).size}\t${gzipSync(readFileSync(file), { level: 9 }).length} gzip\t${file}`);
}
