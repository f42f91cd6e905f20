import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fileUrl } from '../../../../src/hub/http/address.ts';
import { AttemptFailed } from '../../../../src/hub/http/retry.ts';
import { ContentChanged, type Reading, rangeAnswer } from '../../../../src/hub/transfer/rangeAnswer.ts';
import { COMMIT, FILES, OTHER_WEIGHTS, REPOSITORY, served } from '../../../hubServer/repository.ts';
import { type Play, playedHub, remoteFile } from '../playedHub.ts';

const test = suite('hub/rangeAnswer');
const MODEL = 'model.safetensors';
const TEXT = 'long.txt';
const hub = await playedHub({
  sound: {},
  ignoring: { cdn: [{ ignoreRange: true }] },
  shifted: { cdn: [{ shiftRange: 10 }] },
  unsized: { cdn: [{ headers: { 'content-range': 'bytes 100-399999/*' } }] },
  squeezed: { cdn: [{ headers: { 'content-encoding': 'gzip' } }] },
  beyond: { cdn: [{ status: 416 }] },
  changed: { files: { [MODEL]: served(OTHER_WEIGHTS, true) } },
  vanished: { get: [{ status: 404, headers: { 'x-error-code': 'EntryNotFound' } }] },
  retagged: { cdn: [{ headers: { etag: '"another"' } }] },
  weak: { cdn: [{ headers: { etag: 'W/"a"' } }] },
});
test.after(() => hub.close());

function readingOf({ connection }: Play, name = MODEL, fields: Partial<Reading> = {}): Reading {
  const file = remoteFile(name);
  const url = fileUrl(connection.endpoint, REPOSITORY, COMMIT, name);
  return { connection, url, file, end: file.size, at: 0, validator: null, ranges: true, ...fields };
}

/** The body behind the bytes to skip, and what was asked for. */
async function answered(script: string, name = MODEL, fields: Partial<Reading> = {}) {
  const play = hub.play(script);
  const reading = readingOf(play, name, fields);
  const { answer, before } = await rangeAnswer(reading);
  const body = new Uint8Array(await answer.response.arrayBuffer());
  return { reading, before, body, last: (await play.seen()).at(-1)! };
}

test('a whole file is asked for without a range; a part of it with one, as open as it may be', async () => {
  const { bytes } = FILES[MODEL];
  for (const [fields, range] of [
    [{}, null],
    [{ at: 100 }, 'bytes=100-'],
    [{ at: 100, end: 200 }, 'bytes=100-199'],
    [{ end: 200 }, 'bytes=0-199'],
  ] as const) {
    const { before, body, last } = await answered('sound', MODEL, fields);
    const { at = 0, end = bytes.length } = fields as Partial<Reading>;
    assert.equal([before, last.range], [0, range]);
    assert.equal(body, bytes.slice(at, end!));
  }
});

test('the hash is the tag for the hub itself, that of the server with the bytes for later', async () => {
  const first = await answered('sound', TEXT, { at: 5 });
  assert.is(first.last.ifRange, `"${FILES[TEXT].etag}"`);
  assert.is(first.reading.validator, `"${FILES[TEXT].etag}"`);
  const away = await answered('sound', MODEL, { at: 5 });
  assert.is(away.last.ifRange, null, 'the other server has tags of its own');
  assert.match(away.reading.validator!, /^"cdn-/);
  const known = await answered('sound', MODEL, { at: 5, validator: away.reading.validator });
  assert.is(known.last.ifRange, away.reading.validator);
  assert.is((await answered('weak')).reading.validator, null, 'a weak tag stands for no bytes');
});

test('a server that sends the file from its start is read with what was had skipped', async () => {
  const { before, body } = await answered('ignoring', MODEL, { at: 100 });
  assert.equal([before, body.length], [100, FILES[MODEL].bytes.length]);
  assert.is((await answered('unsized', MODEL, { at: 100 })).before, 0, 'a range of a file whose size is not said');
  assert.is((await answered('sound', MODEL, { at: 100, ranges: false })).before, 100, 'ranges are not asked for again');
});

test('a range that cannot be believed is the last one that is asked for', async () => {
  for (const script of ['shifted', 'squeezed', 'beyond']) {
    const reading = readingOf(hub.play(script), MODEL, { at: 100 });
    assert.instance(await rangeAnswer(reading).catch((error) => error), AttemptFailed, script);
    assert.is(reading.ranges, false, script);
  }
});

test('other content under the name is told by the hash, by the tag, and by its absence', async () => {
  const changed = (script: string, fields: Partial<Reading> = {}) =>
    rangeAnswer(readingOf(hub.play(script), MODEL, fields)).then(
      () => assert.unreachable(),
      (error) => assert.instance(error, ContentChanged, script),
    );
  await changed('changed');
  await changed('vanished');
  await changed('retagged', { at: 100, validator: `"cdn-${FILES[MODEL].etag.slice(0, 8)}"` });
});

test.run();
