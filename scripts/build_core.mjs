// node scripts/build_core.mjs [--check]: core-as → dist/core.{strict,relaxed}{,.threads}.wasm and build/core.debug.wasm.
// With --check everything is compiled twice and must give the same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

/** The shipped binaries, each a target of asconfig.json: strict or relaxed SIMD, own or imported shared memory. */
export const VARIANTS = ['strict', 'relaxed', 'strict.threads', 'relaxed.threads'];

/** What the shipped binaries add to their targets: all speed, no assertions, no import of `abort`. */
const RELEASE = ['-O3', '--converge', '--noAssert', '--use', 'abort='];

/** Compiles every variant into `outdir` and the debug build into `debugDir`; returns path → SHA-256. */
export async function buildCore({ outdir = 'dist', debugDir = 'build' } = {}) {
  const hashes = {};
  for (const variant of VARIANTS) {
    const file = `${outdir}/core.${variant}.wasm`;
    hashes[file] = await compile(variant, RELEASE, file);
  }
  const debug = `${debugDir}/core.debug.wasm`;
  hashes[debug] = await compile('debug', [], debug);
  return hashes;
}

/** Runs asc and puts the result in place at once, so that a reader never meets half a file. */
async function compile(target, options, file) {
  const partial = `${file}.${process.pid}.partial`;
  mkdirSync(dirname(file), { recursive: true });
  const { error, stdout, stderr } = await asc.main(['--target', target, ...options, '--outFile', partial]);
  if (error) throw new Error(`Cannot compile ${file}: ${error.message}\n${stderr.toString()}${stdout.toString()}`);
  renameSync(partial, file);
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

async function main() {
  const hashes = await buildCore();
  if (process.argv.includes('--check')) {
    const again = Object.values(await buildCore({ outdir: 'build/again', debugDir: 'build/again' }));
    const differing = Object.keys(hashes).filter((file, i) => hashes[file] !== again[i]);
    if (differing.length > 0) throw new Error(`Two builds differ: ${differing.join(', ')}`);
  }
  for (const [file, hash] of Object.entries(hashes)) console.log(`${hash}  ${readFileSync(file).length}  ${file}`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
