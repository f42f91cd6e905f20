import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError, type ErrorCode } from '../../../../src/errors.ts';
import { ForwardStream } from '../../../../src/weights/bytes/forwardStream.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/forwardStream');
const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251);

/** A stream in chunks of `size`, how often it was opened and closed, and how many bytes were taken from it. */
function counted(size: number) {
  const seen = { opened: 0, closed: 0, taken: 0 };
  const stream = new ForwardStream('file', async function* () {
    seen.opened++;
    try {
      for (let at = 0; at < content.length; at += size) {
        seen.taken += Math.min(size, content.length - at);
        yield content.slice(at, at + size);
      }
    } finally {
      seen.closed++;
    }
  });
  return { stream, seen };
}

async function read(stream: ForwardStream, begin: number, end: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream.range(begin, end)) parts.push(part);
  return Uint8Array.from(Buffer.concat(parts));
}

test('read forward it is opened once; going back costs a second, but for the first kilobyte', async () => {
  const { stream, seen } = counted(100);
  for (const [begin, end, opened] of [
    [0, 512, 1],
    [8, 900, 1],
    [2000, 3000, 1],
    [0, 1000, 1],
    [1500, 1600, 2],
    [3000, 3001, 2],
  ]) {
    assert.equal(await read(stream, begin, end), content.slice(begin, end), `[${begin}, ${end})`);
    assert.is(seen.opened, opened, `[${begin}, ${end})`);
  }
  assert.is(seen.closed, 1);
  stream.close();
  await new Promise((done) => setTimeout(done, 0));
  assert.is(seen.closed, 2);
  assert.equal(await read(stream, 2000, 2010), content.slice(2000, 2010), 'closed is not over');
});

test('a range that begins in what was kept and ends beyond the present place needs no second opening', async () => {
  for (const size of [1, 64, 1000, 5000]) {
    const { stream, seen } = counted(size);
    await read(stream, 0, 1100);
    assert.equal(await read(stream, 1000, 1024), content.slice(1000, 1024));
    await read(stream, 1100, 1200);
    assert.is(seen.opened, 1, `${size}`);
    assert.equal(await read(stream, 1000, 2000), content.slice(1000, 2000));
    assert.is(seen.opened, 2, 'the bytes behind the kept ones have passed');
  }
});

test('no more is taken than is asked for, and nothing at all for nothing', async () => {
  const { stream, seen } = counted(10);
  assert.is((await read(stream, 40, 40)).length, 0);
  assert.equal(seen, { opened: 0, closed: 0, taken: 0 });
  await read(stream, 5, 25);
  assert.is(seen.taken, 30);
  for await (const chunk of stream.range(25, 1000)) {
    assert.is(chunk.length, 5, 'the rest of what had come');
    break;
  }
  assert.is(seen.taken, 30);
  assert.equal(await read(stream, 30, 33), content.slice(30, 33));
});

test('streams that end early, break or yield nonsense are typed errors', async () => {
  const failing = (fail: () => unknown, code: ErrorCode, message: RegExp) => {
    const stream = new ForwardStream('file', async function* () {
      yield new Uint8Array(10);
      const result = fail();
      if (result) yield result as Uint8Array;
    });
    return refused(read(stream, 0, 100), code, message);
  };
  const thrown = (error: unknown) => () => {
    throw error;
  };
  await failing(() => null, 'InvalidCheckpoint', /"file": the stream ended after 10 bytes/);
  await failing(() => 'text', 'InvalidArgument', /yields no Uint8Array/);
  const cause = new TypeError('terminated');
  assert.is((await failing(thrown(cause), 'Network', /broke after 10 bytes/)).cause, cause);
  await failing(thrown(new DOMException('stopped', 'AbortError')), 'Aborted', /after 10 bytes/);
  await failing(thrown(new BeitError('IntegrityFailed', 'x')), 'IntegrityFailed', /^x$/);
  const unopened = new ForwardStream('file', thrown(new Error('no')) as () => AsyncIterable<Uint8Array>);
  await refused(read(unopened, 0, 1), 'Network', /after 0 bytes/);
});

test.run();
