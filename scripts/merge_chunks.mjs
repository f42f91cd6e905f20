// Joins the chunks of a bundle that are always fetched together. esbuild makes one for every set of entries, and of imports on
// demand, that share a module: dozens of small files, each of which compresses by itself.
import { basename } from 'node:path';
import { rollup } from 'rollup';

/**
 * esbuild's result, with a metafile, as files of the same form. `entries` are names without `.js`. `chunks` names the chunks;
 * without it there are none: what is imported on demand is in the one entry too. With `commonJs` the same files again, as `.cjs`.
 */
export async function mergeChunks({ outputFiles, metafile }, entries, { chunks, banner, commonJs }) {
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const bundle = await rollup({
    input: entries.map((name) => `${name}.js`),
    plugins: [{ name: 'esbuild', resolveId: (id) => known(texts, id), load: (id) => loaded(texts, id) }],
    external: (id) => !texts.has(basename(id)),
    makeAbsoluteExternalsRelative: false,
    onwarn: failOn,
  });
  const generate = (form, extension) =>
    bundle.generate({
      entryFileNames: `[name].${extension}`,
      banner,
      hoistTransitiveImports: false,
      generatedCode: 'es2015',
      ...(chunks ? shared(`${chunks}.[hash].${extension}`, groups(metafile, entries)) : { inlineDynamicImports: true }),
      ...form,
    });
  const modules = await generate({ format: 'es', sourcemap: texts.has(`${entries[0]}.js.map`) }, 'js');
  const scripts = commonJs ? await generate(COMMON_JS, 'cjs') : { output: [] };
  const folder = outputFiles[0].path.slice(0, -basename(outputFiles[0].path).length);
  const files = [...modules.output, ...scripts.output];
  return files.map(({ fileName, code, source }) => ({ path: folder + fileName, text: code ?? source }));
}

/** For what cannot load modules, as Jest: `./index.node.js` beside it is `./index.node.cjs`. */
const COMMON_JS = {
  format: 'cjs',
  exports: 'named',
  interop: 'auto',
  paths: (id) => id.replace(/^(\.\/.*)\.js$/, '$1.cjs'),
};

const shared = (chunkFileNames, manualChunks) => ({
  chunkFileNames,
  hashCharacters: 'base36',
  manualChunks,
  onlyExplicitManualChunks: true,
});

/** With the source map that esbuild made, if it made one. */
function loaded(texts, id) {
  const map = texts.get(`${id}.map`);
  return texts.has(id) ? { code: texts.get(id), map: map ? JSON.parse(map) : null } : null;
}

/** Entries do something when they are loaded; what they share only defines. */
function known(texts, id) {
  const name = basename(id);
  return texts.has(name) ? { id: name, moduleSideEffects: !name.startsWith('chunk.') } : null;
}

/** esbuild has warned of the rest. */
function failOn(warning) {
  if (warning.code === 'UNUSED_EXTERNAL_IMPORT') return;
  throw new Error(`rollup: ${warning.message}`);
}

/**
 * File → the entries that always load it, and those that may load it later. Both tell groups apart: what a worker may load must
 * not be one chunk with what starts that worker, or bundlers go round in a circle (Turbopack without an end).
 */
function groups({ outputs }, entries) {
  const named = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const loads = entries.map((name) => closure(named, `${name}.js`, ['import-statement']));
  const reaches = entries.map((name) => closure(named, `${name}.js`, ['import-statement', 'dynamic-import']));
  const users = (sets, id) => entries.filter((_, i) => sets[i].has(id));
  return (id) => {
    const always = users(loads, id);
    if (entries.includes(id.slice(0, -3)) || always.length === 0) return undefined;
    return `${always.join('+')}, ${users(reaches, id).join('+')}`;
  };
}

/** A file and what it imports in these ways. */
function closure(named, name, kinds, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const next = named.get(name).imports.filter(({ kind, external }) => kinds.includes(kind) && !external);
  for (const { path } of next) closure(named, basename(path), kinds, found);
  return found;
}
