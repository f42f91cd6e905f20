import { zlibSync } from 'fflate';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pngOrientation } from '../../../../src/image/png/pngOrientation.ts';
import { ascii } from './pngOf.ts';

const test = suite('image/png/pngOrientation');
const XMP = 'XML:com.adobe.xmp';
const RAW = 'Raw profile type exif';

const chunk = (type: string, ...parts: (string | ArrayLike<number>)[]) => {
  const bytes = parts.flatMap((part) => (typeof part === 'string' ? ascii(part) : Array.from(part)));
  return { type, data: Uint8Array.from(bytes) };
};
const exif = (orientation: number) => [
  ...ascii('MM'),
  0,
  42,
  0,
  0,
  0,
  8,
  0,
  1,
  1,
  18,
  0,
  3,
  0,
  0,
  0,
  1,
  0,
  orientation,
  0,
  0,
];
const packet = (orientation: number) => `<a tiff:Orientation="${orientation}"/>`;
const packed = (text: string) => zlibSync(Uint8Array.from(ascii(text)));
const profile = (orientation: number) => {
  const hex = ['Exif\0\0', exif(orientation)].flatMap((part) => (typeof part === 'string' ? ascii(part) : part));
  const digits = hex.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `\nexif\n      ${hex.length}\n${digits.slice(0, 20)}\n${digits.slice(20)}\n`;
};

test('nothing is asked for: 1', () => {
  assert.is(pngOrientation([]), 1);
  assert.is(pngOrientation([chunk('tEXt', 'Comment\0', packet(5)), chunk('IDAT', exif(5))]), 1);
  assert.is(pngOrientation([chunk('tEXt', `${XMP}l\0`, packet(5))]), 1, 'a keyword that only begins so');
});

test('the last eXIf chunk goes before a raw profile, and EXIF before XMP', () => {
  const all = [chunk('eXIf', exif(2)), chunk('tEXt', `${RAW}\0`, profile(4)), chunk('tEXt', `${XMP}\0`, packet(5))];
  assert.is(pngOrientation([...all, chunk('eXIf', exif(3))]), 3);
  assert.is(pngOrientation(all.slice(1)), 4);
  assert.is(pngOrientation(all.slice(2)), 5);
  assert.is(pngOrientation([chunk('eXIf', [1, 2]), all[2]]), 5, 'an EXIF block that says nothing');
});

test('texts come plain, packed, and international, the last one that can be read counting', () => {
  const texts = [
    chunk('tEXt', `${XMP}\0`, packet(6)),
    chunk('zTXt', `${XMP}\0\0`, packed(packet(6))),
    chunk('iTXt', `${XMP}\0\0\0de\0Titel\0`, packet(6)),
    chunk('iTXt', `${XMP}\0\x01\0\0\0`, packed(packet(6))),
    chunk('zTXt', `${RAW}\0\0`, packed(profile(6))),
  ];
  for (const text of texts) assert.is(pngOrientation([text]), 6, text.type);
  const broken = [
    chunk('zTXt', `${XMP}\0\0`, [120, 156, 255, 255]),
    chunk('iTXt', `${XMP}\0\0\0no end`),
    chunk('iTXt', `${XMP}\0\0\0\0no end either`),
  ];
  for (const text of broken) {
    assert.is(pngOrientation([text]), 1);
    assert.is(pngOrientation([texts[0], text]), 6);
  }
  assert.is(pngOrientation([chunk('tEXt', `${XMP}\0`, packet(2)), texts[2]]), 6);
});

test('a text that is far too long, packed or not, is passed over', () => {
  const filled = (length: number) => packed(packet(6).padEnd(length));
  assert.is(pngOrientation([chunk('zTXt', `${XMP}\0\0`, filled(1 << 20))]), 6);
  const bomb = filled(1 + (1 << 20));
  assert.ok(bomb.length < 2000);
  assert.is(pngOrientation([chunk('zTXt', `${XMP}\0\0`, bomb)]), 1);
  const long = [...packed(packet(6)), ...new Uint8Array(1 << 16)];
  assert.is(pngOrientation([chunk('zTXt', `${XMP}\0\0`, long)]), 1);
});

test.run();
