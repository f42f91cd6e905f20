import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ByteSource,
  blobSource,
  bytesSource,
  filesOf,
  streamSource,
} from '../../../../src/weights/bytes/byteSource.ts';
import { plain } from '../../../../src/weights/bytes/plain.ts';
import { openCheckpoint } from '../../../../src/weights/checkpoint.ts';
import { refused } from '../../refused.ts';
import { safetensorsFile } from '../safetensors/safetensorsFile.ts';

const test = suite('weights/byteSource');
const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251);

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return plain(Buffer.concat(parts));
}

/** A stream in chunks of `size`, and how often it was opened and closed. */
function counted(bytes: Uint8Array, size: number) {
  const seen = { opened: 0, closed: 0 };
  const source = streamSource('file', bytes.length, async function* () {
    seen.opened++;
    try {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    } finally {
      seen.closed++;
    }
  });
  return { source, seen };
}

const sources: Record<string, () => ByteSource> = {
  bytes: () => bytesSource('file', content),
  'an ArrayBuffer': () => bytesSource('file', content.slice().buffer),
  'a Buffer': () => bytesSource('file', Buffer.from(content)),
  'a Blob': () => blobSource('file', new Blob([content])),
  'a stream of small chunks': () => counted(content, 7).source,
  'a stream in one chunk': () => counted(content, 10_000).source,
};

for (const [label, make] of Object.entries(sources)) {
  test(`${label}: any range, in any order, is exactly those bytes`, async () => {
    const source = make();
    assert.is(source.size, 5000);
    for (const [begin, end] of [
      [0, 8],
      [8, 600],
      [600, 600],
      [10, 20],
      [1000, 1030],
      [4000, 5000],
      [0, 5000],
      [1023, 1025],
    ]) {
      assert.equal(plain(await source.read(begin, end)), content.slice(begin, end), `${begin}`);
      assert.equal(await collect(source.stream(begin, end)), content.slice(begin, end), `stream ${begin}`);
    }
  });

  test(`${label}: ranges outside are refused`, async () => {
    const source = make();
    for (const [begin, end] of [
      [-1, 2],
      [4, 3],
      [4999, 5001],
      [0.5, 2],
      [Number.NaN, 2],
      [0, Infinity],
    ]) {
      await refused(source.read(begin, end), 'InvalidArgument');
    }
  });
}

test('a stream that is released is closed, and opened again when it is read again', async () => {
  const { source, seen } = counted(content, 100);
  await source.read(0, 512);
  source.release?.();
  await new Promise((done) => setTimeout(done, 0));
  assert.equal(seen, { opened: 1, closed: 1 });
  assert.equal(await source.read(2000, 2010), content.slice(2000, 2010));
  assert.is(seen.opened, 2);
});

test('a checkpoint is read from a stream in one go', async () => {
  const { source, seen } = counted(safetensorsFile({ a: [1, 2], b: [3] }), 5);
  const checkpoint = await openCheckpoint({ open: async () => source });
  const values: number[] = [];
  await checkpoint.visit(() => ({ grain: 1, put: (chunk: Float32Array) => void values.push(...chunk) }));
  assert.equal(values, [1, 2, 3]);
  assert.is(seen.opened, 1);
});

test('a blob that cannot be read is a typed error', async () => {
  const blob = {
    size: 10,
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }),
  };
  await refused(blobSource('file', blob as unknown as Blob).read(0, 4), 'FileSystem');
});

test('files by name: own keys only', async () => {
  const files = filesOf({ a: content, b: new Blob([content]) });
  assert.is((await files.open('a'))?.size, 5000);
  assert.is((await files.open('b'))?.size, 5000);
  assert.is(await files.open('c'), null);
  assert.is(await files.open('toString'), null);
});

test.run();
