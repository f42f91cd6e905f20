// node scripts/sizes.mjs: bytes of what is published, raw, gzip and brotli, entry by entry with all it always loads.
// Fails when an entry's gzip exceeds its limit.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const CORE = 'core.relaxed.wasm';
const THREADS = 'core.relaxed.threads.wasm';
const PAGE = ['index.web.js'];
const MODEL = ['model.web.js', 'worker.web.js', THREADS];
/** Entry → the files it begins with, and the limit of their gzip in bytes. */
const ENTRIES = {
  'browser, page': [PAGE, 35_950],
  'browser, worker of the model': [MODEL, 61_100],
  'browser, all at once (page and model share chunks)': [[...PAGE, ...MODEL], 76_100],
  'browser, all up to the first answer about a JPEG': [[...PAGE, ...MODEL, ...chunksOf('JPEG')], 101_600],
  'browser, all up to the first answer about a PNG': [[...PAGE, ...MODEL, ...chunksOf('PNG')], 101_600],
  'browser, page with the names of transformers.js': [['transformers.web.js'], 39_150],
  'browser, training': [['train.web.js'], 138_000],
  // not minified, with all cores inside: what is installed once need not be small
  'Node, Deno, Bun': [['index.node.js'], 421_400],
  'Node, Deno, Bun: training': [['train.node.js'], 284_900],
  workerd: [['index.workerd.js', CORE], 153_950],
  inline: [['inline.js'], 216_750],
  'command line': [['cli.js'], 887_400],
  'one core': [[CORE], 17_450],
  'core of training, inside the scripts of its entry': [['../build/train.threads.wasm'], 15_900],
  'core for pictures, fetched with the first': [['core.picture.wasm'], 10_700],
  'decoder of WebP, fetched with the first': [['core.webp.wasm'], 13_200],
};

/** What is fetched with the first picture of a format. */
function chunksOf(format) {
  const exported = ['preprocessPictures', `striped${format === 'PNG' ? 'Png' : 'Jpeg'}`];
  const chunks = readdirSync('dist').filter((name) => name.startsWith('chunk.web.'));
  const holder = (name) => chunks.find((file) => new RegExp(`export\\s*\\{[^}]*\\b${name}\\b`).test(text(file)));
  return ['core.picture.wasm', ...exported.map(holder)];
}

function text(name) {
  return readFileSync(`dist/${name}`, 'utf8');
}

/** A script and what it imports before it runs; chunks that come later, on demand, are not counted. */
function closure(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    if (!name.endsWith('.js')) continue;
    const imports = [
      ...text(name).matchAll(/(?:^|[;}\s])(?:import|export)(?:[\w\s{},$*]*from)?\s*["']\.\/([\w.-]+\.js)["']/g),
    ];
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
