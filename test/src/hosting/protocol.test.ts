import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { absolute, canReopen, plainOptions } from '../../../src/hosting/protocol.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';

const test = suite('hosting/protocol');
const bytes = new Uint8Array(4);

test('what has a name, is a blob or opens by a function can be opened again; bytes cannot', () => {
  for (const source of [
    null,
    'owner/model',
    new Blob([bytes]),
    { 'config.json': new Blob([bytes]) },
    filesOf({ a: bytes }),
  ])
    assert.is(canReopen(source as never), true);
  const mixed = { 'config.json': new Blob([bytes]), 'model.safetensors': bytes };
  for (const source of [bytes, bytes.buffer, { 'model.safetensors': bytes }, mixed])
    assert.is(canReopen(source as never), false);
});

test('of the options only what can be cloned crosses, and all of that', () => {
  const plain = { threads: 2, dtype: 'q8', seed: 3, revision: 'main', allowMissing: true, token: 'hf_x' } as const;
  const here = {
    ...{
      config: new BeitConfig({}),
      onProgress: () => {},
      onWarning: () => {},
      signal: AbortSignal.abort(),
      fetch,
      worker: true,
    },
    startThread: (() => {}) as never,
  };
  const crossing = plainOptions({ ...plain, ...here });
  assert.equal(crossing, plain);
  assert.equal(structuredClone(crossing), plain);
});

test('a path with a dot or a slash is relative to the page; a name of the hub and an address stay', () => {
  const page = { baseURI: 'https://site.example/app/index.html' };
  const kept = Object.getOwnPropertyDescriptor(globalThis, 'document');
  Object.defineProperty(globalThis, 'document', { value: page, configurable: true });
  try {
    for (const [source, expected] of [
      ['./models/a', 'https://site.example/app/models/a'],
      ['../models/a', 'https://site.example/models/a'],
      ['/models/a', 'https://site.example/models/a'],
      ['owner/model', 'owner/model'],
      ['.hidden', '.hidden'],
      ['https://other.example/a', 'https://other.example/a'],
    ])
      assert.is(absolute(source), expected);
  } finally {
    if (kept) Object.defineProperty(globalThis, 'document', kept);
    else Reflect.deleteProperty(globalThis, 'document');
  }
});

test.run();
