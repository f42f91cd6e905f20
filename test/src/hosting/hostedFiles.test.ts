import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../src/errors.ts';
import { Channel, type Methods } from '../../../src/hosting/channel.ts';
import { createOnPage, fileMethods, filesOfPage, writeMethods } from '../../../src/hosting/hostedFiles.ts';
import { gather } from '../../../src/hub/transfer/download.ts';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { refused } from '../refused.ts';
import { ports } from './ports.ts';

const test = suite('hosting/hostedFiles');
const LARGE = Uint8Array.from({ length: (1 << 22) + 5 }, (_, i) => i % 251);

/** The worker's end of a channel to a page that answers with `methods`. */
async function withPage(methods: Methods, run: (channel: Channel) => Promise<void>) {
  const ends = ports();
  new Channel(ends.there, methods);
  await run(new Channel(ends.here, {})).finally(ends.close);
}

test("the page's files are read from the worker, in any range and as a stream, and stay the page's", async () => {
  const files = filesOf({ large: LARGE, small: Uint8Array.of(1, 2, 3), empty: new Uint8Array(0) });
  await withPage(
    fileMethods(() => files),
    async (channel) => {
      const there = filesOfPage(channel, { file: 'large' });
      assert.is(there.file, 'large');
      const large = (await there.open('large'))!;
      assert.equal([large.name, large.size], ['large', LARGE.length]);
      assert.equal(await large.read(7, 20), LARGE.slice(7, 20));
      assert.equal(await gather(large.stream(3, LARGE.length)), LARGE.slice(3));
      const sizes: number[] = [];
      for await (const chunk of large.stream(0, LARGE.length)) sizes.push(chunk.length);
      assert.equal(sizes, [1 << 22, 5]);
      const small = (await there.open('small'))!;
      assert.equal([await small.read(0, 3), await large.read(0, 2)], [Uint8Array.of(1, 2, 3), LARGE.slice(0, 2)]);
      assert.is((await there.open('empty'))!.size, 0);
      assert.is(await there.open('none'), null);
      assert.is(LARGE.length, (1 << 22) + 5, 'nothing was handed over');
    },
  );
});

test('what the page cannot read is the error that it would be there', async () => {
  const open = () => Promise.reject(new BeitError('GatedRepository', 'no'));
  await withPage(
    fileMethods(() => ({ open })),
    async (channel) => void (await refused(filesOfPage(channel, {}).open('a'), 'GatedRepository')),
  );
  const files = filesOf({ a: new Uint8Array(4) });
  await withPage(
    fileMethods(() => files),
    async (channel) => {
      const source = (await filesOfPage(channel, {}).open('a'))!;
      await refused(source.read(2, 9), 'InvalidArgument');
    },
  );
});

test("the worker writes through the page's function, file by file and in order", async () => {
  const written: Record<string, number[]> = {};
  const closed: string[] = [];
  const create = (name: string) => {
    if (name === 'full') throw new BeitError('FileSystem', 'no space');
    written[name] = [];
    return { write: (chunk: Uint8Array) => void written[name].push(...chunk), close: () => void closed.push(name) };
  };
  await withPage(
    writeMethods(() => create),
    async (channel) => {
      const make = createOnPage(channel);
      const [a, b] = [await make('a'), await make('b')];
      const bytes = Uint8Array.of(1, 2);
      await a.write(bytes);
      await b.write(Uint8Array.of(9));
      await a.write(Uint8Array.of(3));
      await a.close();
      assert.equal([written, closed, bytes], [{ a: [1, 2, 3], b: [9] }, ['a'], Uint8Array.of(1, 2)]);
      await refused(async () => make('full'), 'FileSystem', /no space/);
    },
  );
});

test.run();
