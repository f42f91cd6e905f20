import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cacheApiStore, responseCacheStore } from '../../../../src/hub/cache/cacheApiStore.ts';
import type { HubOptions } from '../../../../src/hub/hubFiles.ts';
import { hubFiles } from '../../../../src/hub/hubFiles.ts';
import { COMMIT, FILES, noise, REPOSITORY, served } from '../../../hubServer/repository.ts';
import { readAll, thrown } from '../../../hubServer/scenario.ts';
import type { Script, Seen } from '../../../hubServer/script.ts';
import { type HubServer, startHubServer } from '../../../hubServer/server.ts';
import { MemoryCache } from '../memoryCache.ts';

const test = suite('hub/cacheApiStore');
const MODEL = 'model.safetensors';
const BIG = served(noise(9_000_000, 21), true);
const SCRIPTS = new Map<string, Script>([
  ['sound', { files: { 'big.safetensors': BIG } }],
  ['corrupt', { cdn: [{ corruptAt: 100, always: true }] }],
  ['cut', { cdn: [{ endAt: 100_000 }] }],
]);
let server: HubServer;
let run = 0;

test.before(async () => {
  server = await startHubServer(SCRIPTS);
});
test.after(() => server.close());

function fixture(script: string): { cache: MemoryCache; options: HubOptions; seen(): Promise<Seen[]> } {
  const path = `${script}/${++run}`;
  const cache = new MemoryCache();
  const store = responseCacheStore(cache, 'the test cache');
  const options = { endpoint: `${server.hub}/${path}`, store, timing: { sleep: async () => undefined, attempts: 3 } };
  const seen = async (): Promise<Seen[]> => (await fetch(`${server.hub}/log/${path}`)).json() as Promise<Seen[]>;
  return { cache, options, seen };
}

test('is null where there is no Cache API', async () => {
  assert.is(await cacheApiStore(), null);
});

test('keeps a download and serves it again without the network', async () => {
  const { cache, options, seen } = fixture('sound');
  const first = await hubFiles(REPOSITORY, options).open(MODEL);
  assert.equal(await readAll(first!), FILES[MODEL].bytes);
  const key = `https://huggingface.co/${REPOSITORY}/resolve/${COMMIT}/${MODEL}`;
  assert.ok(cache.entries.has(key));
  const before = (await seen()).length;
  const again = await hubFiles(REPOSITORY, { ...options, localFilesOnly: true }).open(MODEL);
  assert.equal(await again!.read(1000, 1010), FILES[MODEL].bytes.slice(1000, 1010));
  assert.is((await seen()).length, before);
});

test('reads a large file as a stream, forwards and back', async () => {
  const { options } = fixture('sound');
  const source = (await hubFiles(REPOSITORY, options).open('big.safetensors'))!;
  assert.equal(await source.read(0, 8), BIG.bytes.slice(0, 8));
  assert.equal(await readAll(source), BIG.bytes);
  assert.equal(await source.read(5_000_000, 5_000_100), BIG.bytes.slice(5_000_000, 5_000_100));
});

test('keeps an empty file', async () => {
  const { options } = fixture('sound');
  assert.is((await hubFiles(REPOSITORY, options).open('empty.txt'))?.size, 0);
  assert.is((await hubFiles(REPOSITORY, { ...options, localFilesOnly: true }).open('empty.txt'))?.size, 0);
});

test('resumes within one download', async () => {
  const { options, seen } = fixture('cut');
  assert.equal(await readAll((await hubFiles(REPOSITORY, options).open(MODEL))!), FILES[MODEL].bytes);
  assert.equal(
    (await seen()).filter((one) => one.kind === 'cdn').map((one) => one.range),
    [null, 'bytes=100000-'],
  );
});

test('keeps nothing of a file with a wrong hash', async () => {
  const { cache, options } = fixture('corrupt');
  const error = await thrown(() => hubFiles(REPOSITORY, options).open(MODEL));
  assert.is(error.code, 'IntegrityFailed');
  assert.equal([...cache.entries.keys()], []);
});

test('remembers that a file does not exist', async () => {
  const { options, seen } = fixture('sound');
  assert.is(await hubFiles(REPOSITORY, options).open('nothing.bin'), null);
  assert.is(await hubFiles(REPOSITORY, { ...options, revision: COMMIT }).open('nothing.bin'), null);
  assert.is((await seen()).length, 1);
});

test('reads from the network when the cache is full', async () => {
  const { cache, options } = fixture('sound');
  cache.limit = 150_000;
  assert.equal(await readAll((await hubFiles(REPOSITORY, options).open(MODEL))!), FILES[MODEL].bytes);
  assert.not.ok([...cache.entries.keys()].some((key) => key.endsWith(MODEL)));
});

test('an abort leaves nothing behind', async () => {
  const { cache, options } = fixture('sound');
  const controller = new AbortController();
  const onProgress = (event: { status: string; loaded?: number }): void => {
    if (event.status === 'progress' && event.loaded! > 100_000) controller.abort();
  };
  const error = await thrown(() =>
    hubFiles(REPOSITORY, { ...options, signal: controller.signal, onProgress }).open('big.safetensors'),
  );
  assert.is(error.code, 'Aborted');
  assert.is(cache.entries.size, 0);
});

test.run();
