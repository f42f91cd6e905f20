import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HubStore } from '../../../src/hub/cache/store.ts';
import { hubFiles } from '../../../src/hub/hubFiles.ts';
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
