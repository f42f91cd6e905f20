import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gather } from '../../../../src/hub/transfer/download.ts';
import { remoteBytes } from '../../../../src/hub/transfer/remoteBytes.ts';
import { FILES, REPOSITORY } from '../../../hubServer/repository.ts';
import { refused } from '../../refused.ts';
import { playedHub, remoteFile } from '../playedHub.ts';

const test = suite('hub/remoteBytes');
const MODEL = 'model.safetensors';
const { bytes } = FILES[MODEL];
const hub = await playedHub({
  sound: {},
  cut: { cdn: [{ cutAt: 50_000 }, { endAt: 60_000 }, { ignoreRange: true, cutAt: 200_000 }] },
  ignoring: { cdn: [{ ignoreRange: true, always: true }] },
  short: { cdn: [{ endAt: 100, always: true }] },
  endless: { get: [{ endless: true }] },
});
test.after(() => hub.close());

test('any range is exactly those bytes, and an empty one costs no request', async () => {
  for (const script of ['sound', 'ignoring']) {
    for (const [begin, end] of [
      [0, 400_000],
      [0, 1],
      [399_999, 400_000],
      [123_456, 234_567],
    ]) {
      const chunks = remoteBytes(hub.play(script).connection, REPOSITORY, remoteFile(MODEL), begin, end);
      assert.equal(await gather(chunks), bytes.slice(begin, end), `${script} [${begin}, ${end})`);
    }
  }
  const { connection, seen } = hub.play('sound');
  assert.is((await gather(remoteBytes(connection, REPOSITORY, remoteFile(MODEL), 7, 7))).length, 0);
  assert.is((await gather(remoteBytes(connection, REPOSITORY, remoteFile('empty.txt'), 0))).length, 0);
  assert.equal(await seen(), []);
});

test('what breaks off is resumed where it broke, even within a part, and no byte comes twice', async () => {
  const { connection, seen } = hub.play('cut', { timing: { attempts: 6 } });
  const got = await gather(remoteBytes(connection, REPOSITORY, remoteFile(MODEL), 1000, 390_000));
  assert.equal(got, bytes.slice(1000, 390_000));
  const ranges = (await seen('cdn')).map(({ range }) => range);
  assert.equal(ranges, ['bytes=1000-389999', 'bytes=51000-389999', 'bytes=111000-389999', 'bytes=200000-389999']);
});

test('a body that always ends early is given up, with the place where it ends', async () => {
  const reading = gather(remoteBytes(hub.play('short').connection, REPOSITORY, remoteFile(MODEL), 0));
  await refused(reading, 'IntegrityFailed', /it ended at byte 300 of 400000 \(gave up after 3 attempts\)/);
});

test('without a size all of the body is read, unless it does not end', async () => {
  const unsized = { ...remoteFile('config.json'), size: null };
  assert.equal(
    await gather(remoteBytes(hub.play('sound').connection, REPOSITORY, unsized, 0)),
    FILES['config.json'].bytes,
  );
  await refused(
    gather(remoteBytes(hub.play('endless').connection, REPOSITORY, unsized, 0)),
    'IntegrityFailed',
    /it does not end/,
  );
});

test.run();
