import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HubStore } from '../../../src/hub/cache/store.ts';
import { hubFiles } from '../../../src/hub/hubFiles.ts';
import { nodeHubStore } from '../../../src/platform/node/hubStore.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { bytesSource } from '../../../src/weights/bytes/byteSource.ts';
import { refused } from '../refused.ts';

const test = suite('hub/cachedFiles');
const COMMIT = 'c'.repeat(40);

/** A store that has these files of one commit. */
function storeOf(...names: string[]): HubStore {
  const never = () => {
    throw new Error('a store that is read only');
  };
  return {
    where: 'the store',
    optional: false,
    readRef: async () => COMMIT,
    writeRef: async () => {},
    find: async (_, __, name) => (names.includes(name) ? bytesSource(name, new Uint8Array(3)) : null),
    markAbsent: async () => {},
    begin: never,
  };
}

/** The files, and what happened: requests, and waits in between. */
function down(store: HubStore | null, error: () => Error) {
  const happened: string[] = [];
  const fetch = async () => {
    happened.push('request');
    throw error();
  };
  const timing = { sleep: async (ms: number) => void happened.push(`wait ${ms}`) };
  return { files: hubFiles('owner/model', { store, fetch, timing }), happened };
}

const refusedConnection = () =>
  Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  });
const broken = () => new TypeError('terminated');

test('a file in the cache answers after one question to a hub that is away', async () => {
  for (const error of [refusedConnection, broken]) {
    const { files, happened } = down(storeOf('config.json', 'model.safetensors'), error);
    assert.is((await files.open('config.json'))!.size, 3);
    assert.is((await files.open('model.safetensors'))!.size, 3);
    assert.equal(happened, ['request'], 'the commit is known then');
  }
});

test('where there is no way to the hub, it is tried twice; where it breaks, as often as ever', async () => {
  for (const store of [storeOf(), null]) {
    const { files, happened } = down(store, refusedConnection);
    await refused(() => files.open('config.json'), 'Network', /gave up after 2 attempts/);
    assert.equal(happened, ['request', 'wait 500', 'request']);
  }
  const { files, happened } = down(null, broken);
  await refused(() => files.open('config.json'), 'Network', /gave up after 6 attempts/);
  assert.is(happened.filter((what) => what === 'request').length, 6);
});

test('a file in the cache that was cut short is removed and fetched anew', async () => {
  const root = mkdtempSync(join(tmpdir(), 'beit-'));
  try {
    const whole = readFileSync('fixtures/models/cls/model.safetensors');
    const config = readFileSync('fixtures/models/cls/config.json');
    const sha256 = createHash('sha256').update(whole).digest('hex');
    const sha1 = createHash('sha1').update(`blob ${config.length}\0`).update(config).digest('hex');
    const folder = join(root, 'models--owner--model');
    for (const part of ['blobs', 'refs', `snapshots/${COMMIT}`]) mkdirSync(join(folder, part), { recursive: true });
    const blob = join(folder, 'blobs', sha256);
    const fill = () => {
      writeFileSync(blob, whole.subarray(0, -7));
      rmSync(join(folder, 'snapshots', COMMIT, 'model.safetensors'), { force: true });
      symlinkSync(`../../blobs/${sha256}`, join(folder, 'snapshots', COMMIT, 'model.safetensors'));
    };
    fill();
    writeFileSync(join(folder, 'blobs', sha1), config);
    symlinkSync(`../../blobs/${sha1}`, join(folder, 'snapshots', COMMIT, 'config.json'));
    writeFileSync(join(folder, 'refs/main'), COMMIT);
    const store = nodeHubStore(root);
    assert.is(await store.removeBroken!('owner/model', COMMIT, 'config.json'), null);
    const load = (options: object) =>
      BeitForImageClassification.fromPretrained(hubFiles('owner/model', { store, ...options }));
    await refused(
      () => load({ localFilesOnly: true }),
      'IntegrityFailed',
      new RegExp(`was cut short or changed.*${sha256}`),
    );
    assert.not(existsSync(blob));
    assert.ok(existsSync(join(folder, 'blobs', sha1)), 'what is whole stays');
    fill();
    const fetch = async (url: string, { method }: RequestInit) => {
      const name = url.split('/').pop()!;
      const known = { 'model.safetensors': [sha256, whole], 'config.json': [sha1, config] }[name] as
        | [string, Buffer]
        | undefined;
      if (!known)
        return new Response(null, {
          status: 404,
          headers: { 'x-error-code': 'EntryNotFound', 'x-repo-commit': COMMIT },
        });
      const [etag, bytes] = known;
      const headers = { etag: `"${etag}"`, 'x-repo-commit': COMMIT, 'content-length': `${bytes.length}` };
      return new Response(method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
    };
    using model = await load({ fetch });
    assert.is(model.config.numLabels, 5);
    assert.equal(readFileSync(blob).length, whole.length);
  } finally {
    rmSync(root, { recursive: true });
  }
});

for (const [runtime, error] of [
  ['Bun', Object.assign(new Error('Unable to connect'), { code: 'ConnectionRefused' })],
  ['Deno', new TypeError('error sending request for url (x): client error (Connect): dns error: failed to lookup')],
  [
    'Node without DNS',
    Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: 'EAI_AGAIN' }) }),
  ],
] as const) {
  test(`the errors of ${runtime}`, async () => {
    const { files } = down(null, () => error);
    await refused(() => files.open('config.json'), 'Network', /gave up after 2 attempts/);
  });
}

test.run();
