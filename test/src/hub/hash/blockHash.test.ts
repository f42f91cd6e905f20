import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BLOCK, blockHash } from '../../../../src/hub/hash/blockHash.ts';
import { noise } from '../../../hubServer/repository.ts';

const test = suite('hub/blockHash');

/** A digest whose compression writes down the blocks it is fed, and whose state is their number. */
function recorded() {
  const fed: number[] = [];
  const compress = (state: Int32Array, _: Int32Array, view: DataView, at: number, end: number) => {
    for (let i = at; i < end; i++) fed.push(view.getUint8(i));
    state[0] += (end - at) / BLOCK;
  };
  return { hash: blockHash(compress, 1, [0, -1]), fed };
}

/** §5.1.1 by hand: the message, 0x80, zeros, and its length in bits as 64 bits. */
function padded(message: Uint8Array): number[] {
  const zeros = (119 - (message.length % 64)) % 64;
  const length = BigInt(message.length) * 8n;
  const bytes = Array.from({ length: 8 }, (_, i) => Number((length >> BigInt(56 - 8 * i)) & 255n));
  return [...message, 0x80, ...new Array(zeros).fill(0), ...bytes];
}

test('what is compressed is the message and its padding, at every length around the border of a block', () => {
  for (let length = 0; length <= 200; length++) {
    const message = noise(length, length);
    const { hash, fed } = recorded();
    hash.update(message);
    const digest = hash.digest();
    assert.equal(fed, padded(message), `${length} bytes`);
    assert.is(
      digest,
      (fed.length / BLOCK).toString(16).padStart(8, '0').concat('ffffffff'),
      'two words of eight digits',
    );
  }
});

test('the pieces do not show, empty ones and ones that end at a block neither', () => {
  const message = noise(500, 1);
  for (const sizes of [
    [0, 1, 63, 0, 64, 128, 0, 244],
    [65, 63, 372],
    [1, 1, 1, 497],
    [64, 436],
  ]) {
    const { hash, fed } = recorded();
    let at = 0;
    for (const size of sizes) hash.update(message.subarray(at, (at += size)));
    hash.digest();
    assert.is(at, 500);
    assert.equal(fed, padded(message), sizes.join());
  }
});

test('lengths beyond 2³² bits are counted whole', () => {
  const last: number[] = [];
  const compress = (_: Int32Array, _1: Int32Array, view: DataView, at: number, end: number) => {
    if (end - at === BLOCK) last.splice(0, 2, view.getUint32(end - 8), view.getUint32(end - 4));
  };
  const hash = blockHash(compress, 1, [0]);
  const piece = new Uint8Array(1 << 26);
  for (let i = 0; i < 17; i++) hash.update(piece);
  hash.update(new Uint8Array(3));
  hash.digest();
  assert.is(2 ** 32 * last[0] + last[1], 8 * (17 * 2 ** 26 + 3));
});

test.run();
