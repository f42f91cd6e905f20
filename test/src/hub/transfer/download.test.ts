import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lookup } from '../../../../src/hub/lookup.ts';
import type { HubProgress } from '../../../../src/hub/progressEvent.ts';
import { type DownloadJob, download, gather } from '../../../../src/hub/transfer/download.ts';
import { nodeHubStore } from '../../../../src/platform/node/hubStore.ts';
import { COMMIT, FILES, REPOSITORY } from '../../../hubServer/repository.ts';
import { readAll } from '../../../hubServer/scenario.ts';
import { refused } from '../../refused.ts';
import { type Play, playedHub, remoteFile } from '../playedHub.ts';

const test = suite('hub/download');
const MODEL = 'model.safetensors';
const { bytes, etag } = FILES[MODEL];
const hub = await playedHub({ sound: {}, corrupt: { cdn: [{ corruptAt: 9, always: true }] } });
test.after(() => hub.close());
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'beit-download-'));
});
test.after.each(() => rmSync(folder, { recursive: true }));
const blobs = () => readdirSync(join(folder, 'models--owner--model', 'blobs'));

async function fetched({ connection }: Play, name: string, size: number | null = FILES[name].bytes.length) {
  const events: HubProgress[] = [];
  const store = nodeHubStore(folder);
  const onProgress = (event: HubProgress) => void events.push(event);
  const again: DownloadJob['lookup'] = (revision, file) => lookup(connection, REPOSITORY, revision, file);
  const job = { connection, repository: REPOSITORY, store, lookup: again, onProgress };
  assert.is(await download(job, { ...remoteFile(name), size }), true);
  const source = await store.find(REPOSITORY, COMMIT, name);
  return { content: await readAll(source as Exclude<typeof source, 'absent' | null>), events };
}

test('a file comes once: the second time there is neither a request nor an event', async () => {
  const play = hub.play('sound');
  for (const name of [MODEL, 'config.json', 'empty.txt'])
    assert.equal(new Uint8Array((await fetched(play, name)).content), FILES[name].bytes, name);
  const requests = (await play.seen()).length;
  assert.equal((await fetched(play, MODEL)).events, []);
  assert.is((await play.seen()).length, requests);
});

test('the events count from what an earlier attempt left to all of it, and never back', async () => {
  const first = await fetched(hub.play('sound'), 'config.json');
  assert.equal(first.events[0], { status: 'download', name: REPOSITORY, file: 'config.json' });
  writeFileSync(
    join(folder, 'models--owner--model', 'blobs', `${etag}.beit-00000000.incomplete`),
    bytes.slice(0, 100_000),
  );
  const play = hub.play('sound');
  const { content, events } = await fetched(play, MODEL);
  assert.equal(new Uint8Array(content), bytes);
  const loaded = events.flatMap((event) => (event.status === 'progress' ? [event.loaded] : []));
  assert.equal([loaded[0], loaded.at(-1)], [100_000, 400_000]);
  assert.ok(loaded.every((n, i) => i === 0 || n > loaded[i - 1]));
  assert.is((await play.seen('cdn'))[0].range, 'bytes=100000-');
});

test('without an announced size the content is as long as it is, and still has to have its hash', async () => {
  assert.equal(new Uint8Array((await fetched(hub.play('sound'), MODEL, null)).content), bytes);
  await refused(
    fetched(hub.play('corrupt'), 'weights/part one/model-00001-of-00001.safetensors', null),
    'IntegrityFailed',
  );
});

test('of wrong bytes nothing is left behind', async () => {
  await refused(
    fetched(hub.play('corrupt'), MODEL),
    'IntegrityFailed',
    /Cannot verify "model.safetensors": expected sha256/,
  );
  assert.equal(blobs(), []);
});

test('chunks are gathered in order, and copied', async () => {
  const chunk = Uint8Array.of(1, 2);
  const chunks = async function* () {
    yield chunk;
    yield new Uint8Array(0);
    yield Uint8Array.of(3);
  };
  const all = await gather(chunks());
  chunk.fill(9);
  assert.equal(all, Uint8Array.of(1, 2, 3));
  assert.is((await gather((async function* () {})())).length, 0);
});

test.run();
