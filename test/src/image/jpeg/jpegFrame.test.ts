import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFrame, readFrame } from '../../../../src/image/jpeg/jpegFrame.ts';
import { MARKER } from '../../../../src/image/jpeg/jpegSegments.ts';
import { refused } from '../../refused.ts';

const test = suite('image/jpeg/jpegFrame');

/** A frame header of 258 × 772 pixels. */
function frame(marker: number, components: number[], bits = 8) {
  const data = Uint8Array.of(bits, 3, 4, 1, 2, components.length / 3, ...components);
  return readFrame({ marker, at: 0, data, next: 0 });
}

test('reads size, process and components', () => {
  const components = [1, 0x41, 0, 2, 0x14, 3, 9, 0x22, 1];
  assert.equal(frame(MARKER.baseline, components), {
    progressive: false,
    width: 258,
    height: 772,
    components: [
      { id: 1, h: 4, v: 1, table: 0 },
      { id: 2, h: 1, v: 4, table: 3 },
      { id: 9, h: 2, v: 2, table: 1 },
    ],
  });
  assert.is(frame(MARKER.extended, [1, 0x11, 0]).progressive, false);
  assert.is(frame(MARKER.progressive, [1, 0x11, 0]).progressive, true);
});

test('of C0 to CF all start a frame but tables, an extension and the conditioning of arithmetic codes', () => {
  const markers = Array.from({ length: 256 }, (_, marker) => marker).filter(isFrame);
  const expected = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
  assert.equal(markers, expected);
});

test('refuses processes and depths that are not read', async () => {
  for (const marker of [0xc3, 0xc5, 0xc9, 0xcf]) {
    await refused(() => frame(marker, [1, 0x11, 0]), 'UnsupportedFormat', new RegExp(`FF${marker.toString(16)}`));
  }
  await refused(() => frame(MARKER.extended, [1, 0x11, 0], 12), 'UnsupportedFormat', /12 bits a sample, expected 8/);
});

test('refuses counts, factors and tables that cannot be', async () => {
  const wrong = (components: number[], message: RegExp) =>
    refused(() => frame(MARKER.baseline, components), 'InvalidImage', message);
  await wrong([], /0 components/);
  await wrong([1, 0x11, 0, 2, 0x11, 0], /2 components/);
  await wrong([1, 0x11, 0, 2], /components/);
  for (const factors of [0x01, 0x10, 0x51, 0x15]) {
    await wrong([1, factors, 0], new RegExp(`sampling ${factors >> 4} × ${factors & 15}`));
  }
  const cut = { marker: MARKER.baseline, at: 0, data: Uint8Array.of(8, 0, 1, 0, 1), next: 0 };
  await refused(() => readFrame(cut), 'InvalidImage', /components/);
});

test.run();
