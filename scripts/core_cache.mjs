// A cache of compiled cores, .cache/core/<key>.wasm. The key covers the sources, the compiler's version and its options.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';

const COMPILER = JSON.parse(readFileSync('node_modules/assemblyscript/package.json', 'utf8')).version;

/** The entry and all that it imports, sorted. */
export function sourcesOf(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  for (const [, path] of readFileSync(entry, 'utf8').matchAll(/\bfrom\s+['"](\.[^'"]+)['"]/g))
    sourcesOf(`${join(dirname(entry), path).replaceAll('\\', '/')}.ts`, found);
  return found;
}

/** SHA-256, in hexadecimal, of all that decides over the bytes of the module. */
export function cacheKey(entry, options, compiler = COMPILER) {
  const hash = createHash('sha256').update(JSON.stringify([compiler, entry, options]));
  for (const file of [...sourcesOf(entry)].sort()) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/** The cached module of `entry` and `options`. `compile(file)` writes it when it is missing. Returns its path. */
export async function cachedCore(entry, options, compile, folder = '.cache/core') {
  const file = `${folder}/${cacheKey(entry, options)}.wasm`;
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  await compile(partial);
  renameSync(partial, file);
  return file;
}
