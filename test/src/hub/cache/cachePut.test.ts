import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CachePut, guarded, keep, SIZE } from '../../../../src/hub/cache/cachePut.ts';
import { refused } from '../../refused.ts';
import { MemoryCache } from '../memoryCache.ts';
import { remoteFile } from '../playedHub.ts';

const test = suite('hub/cachePut');
const URL = 'https://hub/o/m/config.json';
const file = { ...remoteFile('config.json'), size: 6 };
const put = (cache: MemoryCache, size: number | null = 6) =>
  new CachePut(cache, URL, { ...file, size }, 'the test cache');
const text = async (cache: MemoryCache) => (await cache.match(URL))?.text();
const bytes = (...values: string[]) => new TextEncoder().encode(values.join(''));

test('what is appended is seen when it is published, whole and with its size, and not before', async () => {
  const cache = new MemoryCache();
  const partial = put(cache);
  assert.is(partial.size, 0, 'nothing is resumed here');
  await partial.append(bytes('abc'));
  await partial.append(bytes('def'));
  assert.is(await cache.match(URL), undefined);
  await partial.publish();
  await partial.release();
  assert.is(await text(cache), 'abcdef');
  assert.is((await cache.match(URL))!.headers.get(SIZE), '6');
});

test('a file of no announced size is as large as what comes at once; an empty one is kept too', async () => {
  const cache = new MemoryCache();
  const unsized = put(cache, null);
  await unsized.append(bytes('abcd'));
  await unsized.publish();
  assert.is((await cache.match(URL))!.headers.get(SIZE), '4');
  await put(cache, 0).publish();
  assert.equal([await text(cache), (await cache.match(URL))!.headers.get(SIZE)], ['', '0']);
});

test('what is truncated is forgotten and may begin anew; what is let go leaves nothing', async () => {
  const cache = new MemoryCache();
  const partial = put(cache);
  await partial.append(bytes('wrong'));
  await partial.truncate();
  await partial.append(bytes('secret'));
  await partial.publish();
  assert.is(await text(cache), 'secret');
  const other = new MemoryCache();
  const left = put(other);
  await left.append(bytes('abc'));
  await left.release();
  await left.release();
  assert.is(other.entries.size, 0);
});

test('a cache that refuses is a typed error, from whatever call it reaches, and leaves nobody waiting', async () => {
  const full = new MemoryCache();
  full.limit = 4;
  const partial = put(full);
  const filling = async () => {
    for (let i = 0; i < 9; i++) await partial.append(bytes('abc'));
    await partial.publish();
  };
  await refused(filling, 'FileSystem', /Cannot use the test cache: Quota exceeded/);
  await partial.release();
  assert.is(full.entries.size, 0);
});

test('an answer to keep says that it may be kept; any error on the way names the cache', async () => {
  const response = keep('x', { 'x-a': 'b' });
  assert.match(response.headers.get('cache-control')!, /max-age=\d{8}, immutable/);
  assert.is(response.headers.get('x-a'), 'b');
  assert.is(await guarded('the cache', Promise.resolve(3)), 3);
  const cause = new DOMException('no', 'SecurityError');
  assert.is(
    (await refused(guarded('the cache', Promise.reject(cause)), 'FileSystem', /Cannot use the cache: no/)).cause,
    cause,
  );
});

test.run();
