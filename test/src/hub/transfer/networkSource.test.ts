import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HubProgress } from '../../../../src/hub/progressEvent.ts';
import type { RemoteFile } from '../../../../src/hub/remoteFile.ts';
import { networkSource } from '../../../../src/hub/transfer/networkSource.ts';
import { COMMIT, noise, REPOSITORY, served } from '../../../hubServer/repository.ts';
import { refused } from '../../refused.ts';
import { type Play, playedHub } from '../playedHub.ts';

const test = suite('hub/networkSource');
const SMALL = served(noise(4 << 20, 1), true);
const LARGE = served(noise((4 << 20) + 1, 2), true);
const files = { small: SMALL, large: LARGE };
const hub = await playedHub({
  sound: { files },
  corrupt: { files, cdn: [{ corruptAt: 1000, always: true }] },
});
test.after(() => hub.close());

const fileOf = (name: keyof typeof files, size: number | null = files[name].bytes.length): RemoteFile => {
  return { name, commit: COMMIT, etag: files[name].etag, size };
};

async function open({ connection }: Play, file: RemoteFile) {
  const events: HubProgress[] = [];
  const onProgress = (event: HubProgress) => void events.push(event);
  const source = await networkSource({ connection, repository: REPOSITORY, file, onProgress });
  return { source, events };
}

test('up to 4 MiB a file is read whole and verified before it is handed out, and never asked for again', async () => {
  for (const size of [4 << 20, null]) {
    const play = hub.play('sound');
    const { source, events } = await open(play, fileOf('small', size));
    assert.equal(
      events.map(({ status }) => status),
      ['download', 'progress', 'done'],
    );
    assert.equal(await source.read(100, 200), SMALL.bytes.slice(100, 200));
    assert.equal(await source.read(0, 10), SMALL.bytes.slice(0, 10));
    assert.is((await play.seen('cdn')).length, 1);
  }
  await refused(open(hub.play('corrupt'), fileOf('small')), 'IntegrityFailed', /Cannot verify "small"/);
});

test('a larger one is asked for when it is read, and counted as it comes', async () => {
  const play = hub.play('sound');
  const { source, events } = await open(play, fileOf('large'));
  assert.equal(await play.seen(), []);
  assert.equal(await source.read(0, source.size), LARGE.bytes);
  const loaded = events.flatMap((event) => (event.status === 'progress' ? [event.loaded] : []));
  assert.ok(loaded.length > 1 && loaded.every((n, i) => i === 0 || n > loaded[i - 1]));
  assert.is(loaded.at(-1), LARGE.bytes.length);
});

test('of a wrong file that is larger, the last bytes are never handed out', async () => {
  const { source } = await open(hub.play('corrupt'), fileOf('large'));
  let got = 0;
  const reading = async () => {
    for await (const chunk of source.stream(0, source.size)) got += chunk.length;
  };
  await refused(reading, 'IntegrityFailed', /Cannot verify "large"/);
  assert.ok(got > 1000 && got < source.size, `${got}`);
});

test.run();
