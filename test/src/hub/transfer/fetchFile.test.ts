import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../../src/errors.ts';
import { responseCacheStore } from '../../../../src/hub/cache/cacheApiStore.ts';
import type { HubStore } from '../../../../src/hub/cache/store.ts';
import { lookup } from '../../../../src/hub/lookup.ts';
import type { HubProgress } from '../../../../src/hub/progressEvent.ts';
import { announced, fetchFile, quietly, type Route } from '../../../../src/hub/transfer/fetchFile.ts';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { COMMIT, FILES, REPOSITORY } from '../../../hubServer/repository.ts';
import { refused } from '../../refused.ts';
import { MemoryCache } from '../memoryCache.ts';
import { type Play, playedHub, remoteFile } from '../playedHub.ts';

const test = suite('hub/fetchFile');
const CONFIG = 'config.json';
const hub = await playedHub({ sound: {} });
test.after(() => hub.close());

async function fetched(play: Play, store: HubStore | null) {
  const events: string[] = [];
  const onProgress = ({ status }: HubProgress) => void events.push(status);
  const { connection } = play;
  const again: Route['lookup'] = (revision, name) => lookup(connection, REPOSITORY, revision, name);
  const route = { connection, repository: REPOSITORY, revision: 'main', store, lookup: again, onProgress };
  const source = (await fetchFile(route, remoteFile(CONFIG)))!;
  const content = await source.read(0, source.size);
  return { same: Buffer.compare(content, FILES[CONFIG].bytes) === 0, events, gets: (await play.seen('get')).length };
}

test('a file comes from the network into the store, the next time from the store alone', async () => {
  const store = responseCacheStore(new MemoryCache(), 'the test cache');
  const play = hub.play('sound');
  const first = await fetched(play, store);
  assert.equal([first.same, first.gets, first.events[0], first.events.at(-1)], [true, 1, 'download', 'done']);
  assert.is(await store.readRef(REPOSITORY, 'main'), COMMIT, 'what the revision meant is noted');
  assert.equal(await fetched(play, store), { same: true, gets: 1, events: ['progress', 'done'] });
});

test('without a store it comes from the network each time', async () => {
  const play = hub.play('sound');
  assert.is((await fetched(play, null)).gets, 1);
  assert.is((await fetched(play, null)).gets, 2);
});

test('a store that is optional may refuse, forget and fail to note; another may only fail to note', async () => {
  const full = new MemoryCache();
  full.limit = 10;
  assert.ok((await fetched(hub.play('sound'), responseCacheStore(full, 'the full cache'))).same);
  const sound = responseCacheStore(new MemoryCache(), 'the test cache');
  const changed = (fields: Partial<HubStore>): HubStore => Object.assign(Object.create(sound), fields);
  const writeRef = () => Promise.reject(new BeitError('FileSystem', 'read-only'));
  assert.ok((await fetched(hub.play('sound'), changed({ writeRef, optional: false }))).same);
  const find = async () => null;
  assert.ok((await fetched(hub.play('sound'), changed({ find }))).same);
  await refused(
    fetched(hub.play('sound'), changed({ find, optional: false })),
    'FileSystem',
    /"config.json": it vanished from the test cache/,
  );
});

test('a stored file of another size is fetched anew', async () => {
  const sound = responseCacheStore(new MemoryCache(), 'the test cache');
  let asked = 0;
  const find = async (...key: Parameters<HubStore['find']>) =>
    asked++ === 0 ? bytesSource(CONFIG, new Uint8Array(3)) : sound.find(...key);
  const { same, gets } = await fetched(hub.play('sound'), Object.assign(Object.create(sound), { find }));
  assert.equal([same, gets], [true, 1]);
});

test('only a file that needed no download is reported as read whole; only a store may fail quietly', async () => {
  const events: HubProgress[] = [];
  const route = { repository: 'o/m', onProgress: (event: HubProgress) => void events.push(event) };
  const source = bytesSource('a', new Uint8Array(5));
  assert.is(announced(route as never, source, true), source);
  announced(route as never, source, false);
  const done = { status: 'done', name: 'o/m', file: 'a' };
  assert.equal(events, [
    { status: 'progress', name: 'o/m', file: 'a', progress: 100, loaded: 5, total: 5 },
    done,
    done,
  ]);
  await quietly(undefined);
  await quietly(Promise.reject(new BeitError('FileSystem', 'no')));
  await refused(quietly(Promise.reject(new BeitError('Network', 'no'))), 'Network');
});

test.run();
