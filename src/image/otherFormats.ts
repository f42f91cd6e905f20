import { BeitError } from '../errors.ts';

/** What the caller can do instead. */
const DRAW =
  'convert it to PNG, or in a page pass await createImageBitmap(blob): the browser decodes what it can, and its pixels are not exactly those of Python';
const CONVERT = 'convert it to PNG or JPEG first';
const RENDER = 'render it to PNG first';
const TAKE_FRAME = 'take one of its frames: in a page pass the <video> element, elsewhere save the frame as PNG';

type Signature = string | RegExp | ((start: string) => boolean);

/** Formats that are known and not read, each by its first bytes, a character a byte; the first that fits counts. */
const OTHERS: readonly (readonly [format: string, hint: string, ...signatures: Signature[]])[] = [
  ['BigTIFF', CONVERT, 'II+\0', 'MM\0+'],
  ['AVIF', DRAW, /^....ftypavi[fs]/s, /^....ftypm(if|sf)1.{4}(.{4}){0,8}avi[fs]/s],
  ['HEIC', DRAW, /^....ftyp(hei[cfmsx]|hev[cms]|mif1|msf1)/s],
  ['Canon CR3', CONVERT, /^....ftypcrx/s],
  ['MP4 or QuickTime video', TAKE_FRAME, /^....(ftyp|moov|mdat|wide)/s],
  ['JPEG XL', DRAW, '\xff\x0a', '\0\0\0\x0cJXL '],
  ['JPEG 2000', CONVERT, '\0\0\0\x0cjP  ', '\xff\x4f\xff\x51'],
  ['SVG', DRAW, /^\W*(xml[^>]*>\W*)?(doctype svg[^>]*>\W*)?svg[\s>]/i],
  ['HTML', 'pass the picture, not the page around it', /^\W*(doctype html|html|head)\b/i],
  ['PDF', RENDER, '%PDF'],
  ['PostScript', RENDER, '%!PS', '\xc5\xd0\xd3\xc6'],
  ['Photoshop (PSD)', CONVERT, '8BPS'],
  ['GIMP (XCF)', CONVERT, 'gimp xcf'],
  ['ICO', DRAW, '\0\0\x01\0'],
  ['Targa', CONVERT, isTarga],
  ['CUR', DRAW, '\0\0\x02\0'],
  ['ICNS', CONVERT, 'icns'],
  ['QOI', CONVERT, 'qoif'],
  ['PNM (PBM, PGM, PPM)', CONVERT, /^P[1-7fF]\s/],
  ['DDS', CONVERT, 'DDS '],
  ['OpenEXR', CONVERT, 'v/1\x01'],
  ['Radiance HDR', CONVERT, '#?RADIANCE', '#?RGBE'],
  ['DICOM', CONVERT, /^.{128}DICM/s],
  ['FITS', CONVERT, 'SIMPLE  ='],
  ['MNG or JNG', CONVERT, '\x8aMNG', '\x8bJNG'],
  ['BPG', CONVERT, 'BPG\xfb'],
  ['FLIF', CONVERT, 'FLIF'],
  ['BLP', CONVERT, 'BLP1', 'BLP2'],
  ['Windows metafile', RENDER, '\xd7\xcd\xc6\x9a'],
  ['XBM or XPM', CONVERT, /^#define \w+/, '/* XPM */'],
  ['SGI', CONVERT, '\x01\xda\0\x01', '\x01\xda\x01\x01', '\x01\xda\0\x02', '\x01\xda\x01\x02'],
  ['PCX', CONVERT, '\n\x05\x01\x08', '\n\x05\x01\x01', '\n\x05\x01\x04', '\n\x03\x01\x01'],
  ['camera raw', CONVERT, 'FUJIFILMCCD-RAW', 'IIU\0', 'IIRO', 'IIRS'],
  ['AVI video', TAKE_FRAME, /^RIFF....AVI /s],
  ['WebM or Matroska video', TAKE_FRAME, '\x1a\x45\xdf\xa3'],
  ['gzip', 'decompress it first', '\x1f\x8b'],
  ['ZIP', 'pass the files in it one by one', 'PK\x03\x04'],
  ['a git-lfs pointer', 'run git lfs pull, which puts the picture in its place', 'version https://git-lfs'],
  ['a data URI', 'pass it as a string, not as bytes', /^data:image\//],
  ['base64', 'decode it first', 'iVBORw0KGgo', '/9j/', 'R0lGOD', 'UklGR'],
  ['JSON', 'pass the picture, not what a server says about it', /^\s*[{[]\s*["{[\]}]/],
  ['NumPy', 'pass { data, width, height } with 8 bits a channel', '\x93NUMPY'],
];

/** Why a file that begins like this is not read: it is of another format, which is named, or no picture. */
export function otherFormat(start: string, length: number, expected: string): BeitError {
  const what = `Cannot decode the picture: expected ${expected}`;
  const plain = start.replace(/<!--.*?-->/gs, ''); // comments may come before the root of an SVG
  const found = OTHERS.find(([, , ...signatures]) => signatures.some((signature) => fits(plain, signature)));
  if (found) return new BeitError('UnsupportedFormat', `${what}, got ${found[0]} (${found[1]})`);
  const bytes = Array.from(start.slice(0, 4), (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'));
  return new BeitError('InvalidImage', `${what}, got ${length} bytes [${bytes.join(' ')}…]`);
}

/** Targa has no signature: the fields of its header are looked at. One of true color begins as a cursor does, which has pictures. */
function isTarga(start: string): boolean {
  const [, map, type, ...rest] = Array.from(start.slice(0, 18), (byte) => byte.charCodeAt(0));
  const [size, depth] = [rest.slice(9, 13), rest[13]];
  const isSized = size[0] + size[1] > 0 && size[2] + size[3] > 0;
  const hasColors = map === 1 || (map === 0 && rest.slice(0, 5).every((byte) => byte === 0));
  return isSized && hasColors && [1, 2, 3, 9, 10, 11].includes(type) && [8, 15, 16, 24, 32].includes(depth);
}

function fits(start: string, signature: Signature): boolean {
  if (typeof signature === 'function') return signature(start);
  return typeof signature === 'string' ? start.startsWith(signature) : signature.test(start);
}
