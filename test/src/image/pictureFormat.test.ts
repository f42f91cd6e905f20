import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pictureFormat } from '../../../src/image/pictureFormat.ts';
import { refused } from '../refused.ts';

const test = suite('image/pictureFormat');
const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

test('knows every format by its first bytes, and by no fewer', async () => {
  const starts = {
    PNG: ['\x89PNG\r\n\x1a\n'],
    JPEG: ['\xff\xd8\xff'],
    GIF: ['GIF87a', 'GIF89a'],
    TIFF: ['II*\0', 'MM\0*'],
    BMP: ['BM', '\x0c\0\0\0', '\x28\0\0\0', '\x7c\0\0\0'],
  };
  for (const [format, texts] of Object.entries(starts)) {
    for (const text of texts) {
      assert.is(await pictureFormat(bytesOf(text)), format);
      assert.is(await pictureFormat(bytesOf(`${text}and more`)), format);
      await refused(pictureFormat(bytesOf(text.slice(0, -1))), 'InvalidImage');
      for (let i = 0; i < text.length; i++) {
        const other = bytesOf(text).map((byte, at) => (at === i ? byte ^ 128 : byte));
        await refused(pictureFormat(other), 'InvalidImage');
      }
    }
  }
});

const OTHERS: Readonly<Record<string, string>> = {
  BigTIFF: 'MM\0+\0\x08\0\0',
  AVIF: '\0\0\0\x20ftypavif\0\0\0\0avifmif1',
  HEIC: '\0\0\0\x18ftypheic\0\0\0\0mif1heic',
  'Canon CR3': '\0\0\0\x18ftypcrx \0\0\0\x01crx isom',
  'MP4 or QuickTime video': '\0\0\0\x20ftypisom\0\0\x02\0isomiso2',
  'JPEG XL': '\xff\x0a\xfa\x1f',
  'JPEG 2000': '\0\0\0\x0cjP  \r\n\x87\n',
  SVG: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  HTML: '<!DOCTYPE html><html><body>not found',
  PDF: '%PDF-1.7',
  PostScript: '%!PS-Adobe-3.0 EPSF-3.0',
  'Photoshop (PSD)': '8BPS\0\x01',
  'GIMP (XCF)': 'gimp xcf v011',
  ICO: '\0\0\x01\0\x01\0',
  CUR: '\0\0\x02\0\x01\0\x20\x20\0\0\x01\0\x01\0\x30\0\0\0',
  Targa: '\0\0\x02\0\0\0\0\0\0\0\0\0\x1f\0\x18\0\x18\0',
  DICOM: `${'\0'.repeat(128)}DICM`,
  FITS: 'SIMPLE  =                    T',
  'MNG or JNG': '\x8aMNG\r\n',
  'XBM or XPM': '#define x_width 5',
  SGI: '\x01\xda\0\x01\0\x03',
  PCX: '\n\x05\x01\x08',
  'a git-lfs pointer': 'version https://git-lfs.github.com/spec/v1',
  'a data URI': 'data:image/png;base64,iVBORw0KGgo=',
  base64: '/9j/4AAQSkZJRg',
  JSON: ' {"error":"not found"}',
  QOI: 'qoif\0\0\0\x01',
  'PNM (PBM, PGM, PPM)': 'P6\n2 2\n255\n',
  'WebM or Matroska video': '\x1a\x45\xdf\xa3\x01',
  gzip: '\x1f\x8b\x08\0',
  ZIP: 'PK\x03\x04',
  NumPy: '\x93NUMPY\x01\0',
};

test('names each known format that is not read, and says what to do', async () => {
  for (const [format, start] of Object.entries(OTHERS)) {
    const { message } = await refused(pictureFormat(bytesOf(start)), 'UnsupportedFormat');
    assert.ok(message.includes(`got ${format} (`), message);
    assert.match(message, /\((convert|render|take|pass|decompress|run|decode)/);
  }
});

test('the way out in a page is named where a browser can draw the picture', async () => {
  for (const format of ['AVIF', 'HEIC', 'JPEG XL', 'SVG']) {
    await refused(
      pictureFormat(bytesOf(OTHERS[format])),
      'UnsupportedFormat',
      /createImageBitmap.*not exactly those of Python/,
    );
  }
  await refused(pictureFormat(bytesOf(OTHERS['MP4 or QuickTime video'])), 'UnsupportedFormat', /<video>/);
});

test('brands behind the first one, and what comes before the root of an SVG', async () => {
  const named = (text: string, format: RegExp) => refused(pictureFormat(bytesOf(text)), 'UnsupportedFormat', format);
  await named('\0\0\0\x1cftypmif1\0\0\0\0miafavifmiaf', /got AVIF/);
  await named('\0\0\0\x1cftypmif1\0\0\0\0miafheicmiaf', /got HEIC/);
  await named(
    '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a --> <!-- b -->\n<!DOCTYPE svg PUBLIC "x" "y">\n<svg>',
    /got SVG/,
  );
  await named('<!-- saved --> <HTML lang="en">', /got HTML/);
});

test('a start that no format has is shown as bytes, however short, and hostile text takes no time', async () => {
  await refused(
    pictureFormat(bytesOf('hello')),
    'InvalidImage',
    /PNG, JPEG, GIF, BMP, TIFF or WebP, got 5 bytes \[68 65 6c 6c…\]/,
  );
  await refused(pictureFormat(new Uint8Array(0)), 'InvalidImage', /got 0 bytes/);
  const started = performance.now();
  for (const part of ['<!---->', '<!--', '<?xml>', '\0', '<!DOCTYPE svg>', ' ']) {
    await refused(pictureFormat(bytesOf(part.repeat(1000))), 'InvalidImage');
  }
  assert.ok(performance.now() - started < 500);
});

test.run();
