// node scripts/sizes.mjs: bytes of what is published, raw, gzip and brotli, entry by entry with all it always loads.
// Fails when an entry's gzip exceeds its limit.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const CORE = 'core.relaxed.wasm';
const THREADS = 'core.relaxed.threads.wasm';
/** Entry → the files it begins with, and the limit of their gzip in bytes. */
const ENTRIES = {
  'browser, page': [['index.web.js'], 80_000],
  // pictures are decoded in it: with few exceptions its chunks are those of the page
  'browser, worker of the model': [['model.web.js', 'worker.web.js', THREADS], 88_000],
  'browser, all (page and model share chunks)': [['index.web.js', 'model.web.js', 'worker.web.js', THREADS], 97_000],
  // not minified, with all cores inside: what is installed once need not be small
  Node: [['index.node.js'], 430_000],
  Deno: [['index.deno.js'], 430_000],
  Bun: [['index.bun.js'], 430_000],
  workerd: [['index.workerd.js', CORE], 127_000],
  inline: [['inline.js'], 187_000],
  'command line': [['cli.js'], 720_000],
  'one core': [[CORE], 16_000],
  'core for pictures, fetched with the first': [['core.picture.wasm'], 12_000],
  'decoder of WebP, fetched with the first': [['core.webp.wasm'], 13_500],
};

/** A script and what it imports before it runs; chunks that come later, on demand, are not counted. */
function closure(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    if (!name.endsWith('.js')) continue;
    const text = readFileSync(`dist/${name}`, 'utf8');
    const imports = [...text.matchAll(/(?:^|[;}\s])(?:import|export)(?:[\w\s{},$*]*from)?\s*"\.\/([\w.-]+\.js)"/g)];
    closure(
      imports.map((match) => match[1]),
      found,
    );
  }
  return [...found];
}

const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const rows = Object.entries(ENTRIES).map(([name, [files, limit]]) => {
  const bytes = closure(files).map((file) => readFileSync(`dist/${file}`));
  return {
    name,
    files: bytes.length,
    raw: sum(bytes.map((b) => b.length)),
    gzip: sum(bytes.map((b) => gzipSync(b, { level: 9 }).length)),
    brotli: sum(bytes.map((b) => brotliCompressSync(b).length)),
    limit,
  };
});
console.log('| entry | files | raw | gzip | brotli | limit of gzip |\n|---|---|---|---|---|---|');
for (const { name, files, raw, gzip, brotli, limit } of rows)
  console.log(`| ${name} | ${files} | ${raw} | ${gzip} | ${brotli} | ${limit} |`);
const over = rows.filter(({ gzip, limit }) => gzip > limit);
for (const { name, gzip, limit } of over) console.log(`${name}: ${gzip} bytes of gzip, the limit is ${limit}`);
process.exitCode = over.length > 0 ? 1 : 0;
