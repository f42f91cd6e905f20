import { inflateSync } from 'fflate';
import { exifOrientation, latin1, xmpOrientation } from '../exif.ts';
import type { PngChunk } from './pngChunks.ts';

const XMP = 'XML:com.adobe.xmp';
const RAW_EXIF = 'Raw profile type exif';
/** A compressed text is read up to these sizes, so that a bomb in a remark costs nothing. */
const LONGEST_PACKED = 1 << 16;
const LONGEST_TEXT = 1 << 20;

/** The orientation a PNG asks for: its eXIf chunk, an EXIF profile in a text (ImageMagick), or its XMP; else 1. */
export function pngOrientation(chunks: readonly PngChunk[]): number {
  const exif = chunks.filter(({ type }) => type === 'eXIf').at(-1)?.data ?? hexProfile(textOf(chunks, RAW_EXIF));
  return (exif && exifOrientation(exif)) ?? xmpOrientation(textOf(chunks, XMP) ?? new Uint8Array(0)) ?? 1;
}

/** ImageMagick's text form: a newline, a name, a length, then hexadecimal digits in lines. */
function hexProfile(text: Uint8Array | undefined): Uint8Array | undefined {
  if (!text) return undefined;
  const digits = latin1(text).split('\n').slice(3).join('');
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** The last text under `keyword` in a tEXt, zTXt or iTXt chunk. */
function textOf(chunks: readonly PngChunk[], keyword: string): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  for (const { type, data } of chunks) {
    if (!/^(tEXt|zTXt|iTXt)$/.test(type) || latin1(data.subarray(0, keyword.length + 1)) !== `${keyword}\0`) continue;
    found = readText(type, data.subarray(keyword.length + 1)) ?? found;
  }
  return found;
}

function readText(type: string, body: Uint8Array): Uint8Array | undefined {
  if (type === 'tEXt') return body;
  if (type === 'zTXt') return inflateText(body.subarray(1));
  // iTXt: compression flag, method, language, 0, translated keyword, 0, text
  const language = body.indexOf(0, 2);
  const text = language < 0 ? -1 : body.indexOf(0, language + 1);
  if (text < 0) return undefined;
  return body[0] ? inflateText(body.subarray(text + 1)) : body.subarray(text + 1);
}

/** Inflates a zlib stream behind its two header bytes; a broken one, or one far too long, counts as no text. */
function inflateText(packed: Uint8Array): Uint8Array | undefined {
  if (packed.length > LONGEST_PACKED) return undefined;
  try {
    // what does not fit into `out` is dropped without a word
    const text = inflateSync(packed.subarray(2), { out: new Uint8Array(LONGEST_TEXT + 1) });
    return text.length <= LONGEST_TEXT ? text : undefined;
  } catch {
    return undefined;
  }
}
