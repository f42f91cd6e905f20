import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pictureCopies } from '../../../src/hosting/pictureCopies.ts';
import type { OpenedPicture } from '../../../src/input/pictureInput.ts';

const test = suite('hosting/pictureCopies');

/** The copies, once all that they are made of has been handed over. */
async function handedOver(...pictures: unknown[]) {
  const transfer: Transferable[] = [];
  const copies = await pictureCopies(pictures as OpenedPicture[], transfer);
  return { copies: structuredClone(copies, { transfer }), count: transfer.length };
}

test('bytes and raw pictures cross as equal copies, and the caller keeps its own', async () => {
  const file = Uint8Array.from({ length: 100 }, (_, i) => i);
  const view = file.subarray(10, 30);
  const raw = { data: Uint8ClampedArray.of(7, 8, 9), width: 1, height: 1, channels: 3 };
  const { copies, count } = await handedOver(file, view, raw);
  assert.is(count, 3, 'one buffer each, and no more of one than the view shows');
  assert.equal(copies[0], file);
  assert.equal(
    copies[1],
    Uint8Array.from({ length: 20 }, (_, i) => i + 10),
  );
  assert.equal(copies[2], { ...raw, data: Uint8Array.of(7, 8, 9) });
  assert.equal([file.length, view.length, raw.data.length], [100, 20, 3]);
});

test('more than one strip is whole', async () => {
  const data = new Uint8Array(2 * (1 << 23) + 3);
  for (let i = 0; i < data.length; i += 4099) data[i] = i % 255;
  data[data.length - 1] = 77;
  const { copies } = await handedOver({ data, width: 1, height: 1, channels: 1 });
  assert.is(Buffer.compare((copies[0] as { data: Uint8Array }).data, data), 0);
});

test('what is no such picture crosses as it is, to be refused or read there', async () => {
  const blob = new Blob([Uint8Array.of(1)]);
  for (const odd of [blob, new ArrayBuffer(3), null, 7, 'text', {}, { data: [1, 2], width: 1, height: 1 }]) {
    const transfer: Transferable[] = [];
    const [copy] = await pictureCopies([odd as never], transfer);
    assert.is(copy, odd);
    assert.equal(transfer, []);
  }
  assert.equal(await pictureCopies([], []), []);
});

test.run();
