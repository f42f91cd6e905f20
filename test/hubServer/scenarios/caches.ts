import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import type { HubStore, PartialFile } from '../../../src/hub/cache/store.ts';
import { nodeHubStore } from '../../../src/platform/node/hubStore.ts';
import { COMMIT, CONFIG as CONFIG_BYTES, FILES, OTHER_COMMIT, WEIGHTS } from '../repository.ts';
import { type Client, readAll, type Scenario, thrown } from '../scenario.ts';

const MODEL = 'model.safetensors';
const CONFIG = 'config.json';
const FOLDER = 'models--owner--model';
const DOWN = 'http://127.0.0.1:9';

const inCache = (t: Client, ...parts: string[]): string => join(t.cacheDir, FOLDER, ...parts);

/** A store that runs out of space after `limit` bytes. */
function fullAfter(limit: number, store: HubStore, code = 'ENOSPC'): HubStore {
  const wrap = (partial: PartialFile): PartialFile => ({
    get size() {
      return partial.size;
    },
    stored: () => partial.stored(),
    truncate: () => partial.truncate(),
    publish: () => partial.publish(),
    release: () => partial.release(),
    async append(bytes) {
      // what still fits is written, as on a disk: a runtime may give more than the limit at once
      const room = limit - partial.size;
      await partial.append(bytes.subarray(0, room));
      if (bytes.length > room) throw new BeitError('FileSystem', `Cannot write: no space left (${code})`);
    },
  });
  const begin: HubStore['begin'] = async (...args) => {
    const partial = await store.begin(...args);
    return partial && wrap(partial);
  };
  return storeWith(store, { begin });
}

/** `store` with some of its methods replaced; the others run on `store` itself, whose fields are private. */
function storeWith(store: HubStore, changes: Partial<HubStore>): HubStore {
  return new Proxy(store, {
    get(_, key: keyof HubStore) {
      if (key in changes) return changes[key];
      const own = store[key];
      return typeof own === 'function' ? own.bind(store) : own;
    },
  });
}

/** What is kept, how it lies, and what is done without a network. */
export const caches: readonly Scenario[] = [
  {
    name: 'layout of huggingface_hub',
    async run(t) {
      await t.arrives(MODEL);
      await t.arrives('weights/part one/model-00001-of-00001.safetensors');
      const link = inCache(t, 'snapshots', COMMIT, MODEL);
      assert.ok(lstatSync(link).isSymbolicLink());
      assert.is(readlinkSync(link), `../../blobs/${FILES[MODEL].etag}`);
      const deep = inCache(t, 'snapshots', COMMIT, 'weights', 'part one', 'model-00001-of-00001.safetensors');
      assert.match(readlinkSync(deep), /^\.\.\/\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
      assert.is(readFileSync(inCache(t, 'refs', 'main'), 'utf8'), COMMIT);
      assert.is(readdirSync(inCache(t, 'blobs')).length, 2);
      assert.equal(readdirSync(join(t.cacheDir, '.locks', FOLDER)), []);
      assert.match(
        readFileSync(join(t.cacheDir, 'CACHEDIR.TAG'), 'utf8'),
        /^Signature: 8a477f597d28d172789f06886806bc55/,
      );
    },
  },
  {
    name: 'warm: one HEAD per model, whatever the number of files',
    async run(t) {
      await t.arrives(MODEL);
      await t.arrives(CONFIG);
      const before = (await t.seen()).length;
      const files = t.files();
      for (const name of [CONFIG, MODEL, CONFIG]) assert.ok(await files.open(name));
      assert.equal(
        (await t.seen()).slice(before).map((s) => s.kind),
        ['head'],
      );
    },
  },
  {
    name: 'warm by commit: no request at all',
    async run(t) {
      await t.arrives(MODEL, { revision: COMMIT });
      const before = (await t.seen()).length;
      await t.arrives(MODEL, { revision: COMMIT });
      assert.is((await t.seen()).length, before);
      assert.not.ok(existsSync(inCache(t, 'refs')));
    },
  },
  {
    name: 'events of a cached file',
    async run(t) {
      await t.arrives(CONFIG);
      t.events.length = 0;
      await t.arrives(CONFIG);
      assert.equal(t.statuses(), ['initiate', 'progress', 'done']);
    },
  },
  {
    name: 'network gone, cache warm',
    async run(t) {
      await t.arrives(MODEL);
      await t.arrives(MODEL, { endpoint: DOWN });
    },
  },
  {
    name: 'repository gone, cache warm',
    head: [{}, { status: 404, headers: { 'x-error-code': 'RepoNotFound' }, always: true }],
    async run(t) {
      await t.arrives(MODEL);
      await t.arrives(MODEL);
    },
  },
  {
    name: 'offline, cache warm: not one request',
    async run(t) {
      await t.arrives(MODEL);
      const before = (await t.seen()).length;
      await t.arrives(MODEL, { localFilesOnly: true });
      assert.is((await t.seen()).length, before);
    },
  },
  {
    name: 'offline, cache cold: the error names file, revision and folder',
    async run(t) {
      const error = await thrown(() => t.fetch(CONFIG, { localFilesOnly: true, revision: 'v1' }));
      assert.is(error.code, 'FileNotFound');
      assert.is(error.message, `Cannot open "${CONFIG}" of owner/model@v1 offline: not in ${t.cacheDir}`);
      assert.is((await t.seen()).length, 0);
    },
  },
  {
    name: 'offline, one file of the model missing: null',
    async run(t) {
      await t.arrives(CONFIG);
      assert.is(await t.fetch(MODEL, { localFilesOnly: true }), null);
    },
  },
  {
    name: 'absence is noted as huggingface_hub does',
    async run(t) {
      assert.is(await t.fetch('nothing/here.bin'), null);
      assert.ok(existsSync(inCache(t, '.no_exist', COMMIT, 'nothing', 'here.bin')));
      assert.is(await t.fetch('nothing/here.bin', { revision: COMMIT }), null);
      assert.is((await t.seen()).length, 1);
    },
  },
  {
    name: 'branch names with slashes',
    async run(t) {
      await t.arrives(CONFIG, { revision: 'refs/pr/1' });
      assert.is(readFileSync(inCache(t, 'refs', 'refs', 'pr', '1'), 'utf8'), COMMIT);
      assert.match((await t.seen())[0].path, /resolve\/refs%2Fpr%2F1\/config\.json$/);
    },
  },
  {
    name: 'ref moves on when the branch does',
    head: [{}, { headers: { 'x-repo-commit': OTHER_COMMIT } }],
    async run(t) {
      await t.arrives(CONFIG);
      await t.arrives(CONFIG);
      assert.is(readFileSync(inCache(t, 'refs', 'main'), 'utf8'), OTHER_COMMIT);
      assert.equal(readdirSync(inCache(t, 'snapshots')).sort(), [COMMIT, OTHER_COMMIT].sort());
      assert.is((await t.seen('get')).length, 1);
    },
  },
  {
    name: 'link to a blob that is gone',
    async run(t) {
      await t.arrives(MODEL);
      rmSync(inCache(t, 'blobs', FILES[MODEL].etag));
      await t.arrives(MODEL);
    },
  },
  {
    name: 'cached file of the wrong size is fetched anew',
    async run(t) {
      await t.arrives(MODEL);
      writeFileSync(inCache(t, 'blobs', FILES[MODEL].etag), WEIGHTS.subarray(0, 1000));
      await t.arrives(MODEL);
    },
  },
  {
    name: 'blob there, name missing: linked without a GET',
    async run(t) {
      await t.arrives(MODEL);
      rmSync(inCache(t, 'snapshots', COMMIT, MODEL));
      const before = (await t.seen()).length;
      await t.arrives(MODEL);
      assert.equal(
        (await t.seen()).slice(before).map((s) => s.kind),
        ['head'],
      );
    },
  },
  {
    name: 'copies where links are not wanted',
    async run(t) {
      const store = nodeHubStore(t.cacheDir, { symlinks: false });
      await t.arrives(MODEL, { store });
      assert.ok(lstatSync(inCache(t, 'snapshots', COMMIT, MODEL)).isFile());
      await t.arrives(MODEL, { store, revision: COMMIT });
    },
  },
  {
    name: 'what an earlier process left is used',
    async run(t) {
      mkdirSync(inCache(t, 'blobs'), { recursive: true });
      writeFileSync(inCache(t, 'blobs', `${FILES[MODEL].etag}.beit-00000001.incomplete`), WEIGHTS.subarray(0, 10));
      writeFileSync(inCache(t, 'blobs', `${FILES[MODEL].etag}.beit-00000002.incomplete`), WEIGHTS.subarray(0, 123_456));
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), ['bytes=123456-']);
      assert.equal(readdirSync(inCache(t, 'blobs')), [FILES[MODEL].etag]);
    },
  },
  {
    name: 'what an earlier process left is whole already',
    async run(t) {
      mkdirSync(inCache(t, 'blobs'), { recursive: true });
      writeFileSync(inCache(t, 'blobs', `${FILES[MODEL].etag}.beit-00000001.incomplete`), WEIGHTS);
      await t.arrives(MODEL);
      assert.equal(
        (await t.seen()).map((s) => s.kind),
        ['head'],
      );
    },
  },
  {
    name: 'what an earlier process left is too long',
    async run(t) {
      mkdirSync(inCache(t, 'blobs'), { recursive: true });
      writeFileSync(inCache(t, 'blobs', `${FILES[CONFIG].etag}.beit-00000001.incomplete`), WEIGHTS);
      await t.arrives(CONFIG);
    },
  },
  {
    name: 'what Python left is not touched',
    async run(t) {
      mkdirSync(inCache(t, 'blobs'), { recursive: true });
      const theirs = inCache(t, 'blobs', `${FILES[MODEL].etag}.0a1b2c3d.incomplete`);
      writeFileSync(theirs, 'half');
      await t.arrives(MODEL);
      assert.is(readFileSync(theirs, 'utf8'), 'half');
    },
  },
  {
    name: 'lock of a dead process',
    async run(t) {
      mkdirSync(join(t.cacheDir, '.locks', FOLDER), { recursive: true });
      const lock = join(t.cacheDir, '.locks', FOLDER, `${FILES[MODEL].etag}.beit.lock`);
      const { hostname } = await import('node:os');
      writeFileSync(lock, `4194305 ${hostname()}`);
      await t.arrives(MODEL);
      assert.not.ok(existsSync(lock));
    },
  },
  {
    name: 'lock of a living process can be waited for and aborted',
    async run(t) {
      mkdirSync(join(t.cacheDir, '.locks', FOLDER), { recursive: true });
      writeFileSync(join(t.cacheDir, '.locks', FOLDER, `${FILES[MODEL].etag}.beit.lock`), '1 another-host');
      const error = await thrown(() => t.fetch(MODEL, { signal: AbortSignal.timeout(250) }));
      assert.is(error.code, 'Aborted');
    },
  },
  {
    name: 'no space left: typed, and resumed when there is',
    async run(t) {
      const store = fullAfter(200_000, t.store);
      assert.is((await thrown(() => t.fetch(MODEL, { store }))).code, 'FileSystem');
      await t.arrives(MODEL);
      assert.match(String((await t.ranges('cdn')).at(-1)), /^bytes=[1-9]\d+-$/);
    },
  },
  {
    name: 'cache folder cannot be made',
    async run(t) {
      writeFileSync(join(t.cacheDir, 'file'), '');
      const error = await thrown(() => t.fetch(CONFIG, { store: nodeHubStore(join(t.cacheDir, 'file', 'hub')) }));
      assert.is(error.code, 'FileSystem');
      assert.match(error.message, /ENOTDIR/);
    },
  },
  {
    name: 'a link that leads out of the cache is read, never written through',
    async run(t) {
      const outside = join(t.cacheDir, 'outside.txt');
      writeFileSync(outside, 'precious');
      mkdirSync(inCache(t, 'snapshots', COMMIT), { recursive: true });
      symlinkSync(outside, inCache(t, 'snapshots', COMMIT, CONFIG));
      await t.arrives(CONFIG);
      assert.is(readFileSync(outside, 'utf8'), 'precious');
    },
  },
  {
    name: 'ranges of a cached file',
    async run(t) {
      const source = (await t.files().open(CONFIG))!;
      assert.equal(await source.read(3, 17), CONFIG_BYTES.slice(3, 17));
      assert.equal(await readAll(source), CONFIG_BYTES);
    },
  },
];
