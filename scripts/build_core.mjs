// node scripts/build_core.mjs [--check]: core-as → the modules listed in cores.mjs. With --check everything is compiled
// twice, without the cache, and both must give the same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedCore } from './core_cache.mjs';
import { CORES, coreFile, NAMES } from './cores.mjs';
import { pool } from './pool.mjs';
import { putFile } from './put_file.mjs';

/** Compiles what the cache does not have, side by side. With `dev` the modules contain the names of their functions. */
export async function buildCores({ names = Object.keys(CORES), dev = false } = {}) {
  await Promise.all(names.map((name) => buildCore(name, dev)));
}

async function buildCore(name, dev) {
  const { entry, options } = CORES[name];
  const all = dev && !options.includes('--debug') ? [...options, ...NAMES] : options;
  const cached = await cachedCore(entry, all, (file) => compile(entry, all, file));
  putFile(coreFile(name), readFileSync(cached));
}

const compile = (entry, options, file) => pool.run({ entry, options, file }, { name: 'compileCore' });

async function compileInto(folder) {
  mkdirSync(folder, { recursive: true });
  await Promise.all(
    Object.entries(CORES).map(([name, { entry, options }]) => compile(entry, options, `${folder}/${name}.wasm`)),
  );
}

async function check() {
  await compileInto('build/check1');
  await compileInto('build/check2');
  const differing = Object.keys(CORES).filter(
    (name) => sha256(`build/check1/${name}.wasm`) !== sha256(`build/check2/${name}.wasm`),
  );
  if (differing.length > 0) throw new Error(`Two builds differ: ${differing.join(', ')}`);
  for (const name of Object.keys(CORES)) putFile(coreFile(name), readFileSync(`build/check1/${name}.wasm`));
}

export function sha256(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await (process.argv.includes('--check') ? check() : buildCores());
  for (const name of Object.keys(CORES))
    console.log(`${sha256(coreFile(name))}  ${readFileSync(coreFile(name)).length}  ${coreFile(name)}`);
}
