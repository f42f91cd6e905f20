import { checkWebp, type WebpChunk, type WebpChunks } from './webpChunks.ts';

/** One picture of a WebP, its header checked. */
export interface WebpFrame {
  readonly width: number;
  readonly height: number;
  readonly lossless: boolean;
  readonly image: WebpChunk;
  readonly alpha?: WebpChunk | undefined;
}

const LOSSY_HEADER = 10;
const LOSSLESS_HEADER = 5;

/** Reads the chunks of one picture: its alpha, where it has one apart, and its image; undefined where it has neither. */
export function readWebpFrame(chunks: WebpChunks): WebpFrame | undefined {
  let alpha: WebpChunk | undefined;
  let frame: WebpFrame | undefined;
  while (!chunks.done) {
    const chunk = chunks.peek();
    if (chunk.id === 'ALPH' && !alpha) alpha = chunk;
    else if (chunk.id === 'VP8L' && alpha) checkWebp(false, 'a lossless image with alpha apart', chunk.at);
    else if (/^VP8[ L]$/.test(chunk.id) && !frame) frame = { ...readHeader(chunks, chunk), image: chunk };
    else break;
    chunks.skip(chunk);
  }
  if (!alpha) return frame;
  checkWebp(frame, 'alpha without an image', alpha.at);
  checkWebp(alpha.at < frame.image.at, 'alpha behind its image', alpha.at);
  return { ...frame, alpha };
}

function readHeader(chunks: WebpChunks, chunk: WebpChunk): Omit<WebpFrame, 'image'> {
  return chunk.id === 'VP8L' ? readLosslessHeader(chunks, chunk) : readLossyHeader(chunks, chunk);
}

/** The signature, 14 bits of each size, a hint about alpha and a version. */
function readLosslessHeader(chunks: WebpChunks, { at, size }: WebpChunk): Omit<WebpFrame, 'image'> {
  checkWebp(size >= LOSSLESS_HEADER, `expected a lossless image, got ${size} bytes`, at);
  checkWebp(chunks.byte(at) === 0x2f, 'a lossless image without its signature', at);
  const fields = chunks.u32(at + 1);
  checkWebp(fields >>> 29 === 0, `expected version 0 of the lossless format, got ${fields >>> 29}`, at + 4);
  return { width: (fields & 0x3fff) + 1, height: ((fields >>> 14) & 0x3fff) + 1, lossless: true };
}

/** The frame tag, a start code and two sizes, whose upper two bits are for display alone (RFC 6386, section 9.1). */
function readLossyHeader(chunks: WebpChunks, { at, size }: WebpChunk): Omit<WebpFrame, 'image'> {
  checkWebp(size >= LOSSY_HEADER, `expected a lossy image, got ${size} bytes`, at);
  const tag = chunks.u24(at);
  checkWebp(!(tag & 1), 'expected a key frame', at);
  checkWebp(((tag >> 1) & 7) <= 3, `expected version 0 to 3 of VP8, got ${(tag >> 1) & 7}`, at);
  checkWebp(tag & 0x10, 'the frame is not to be shown', at);
  checkWebp(tag >> 5 < size, `a partition of ${tag >> 5} bytes in an image of ${size}`, at);
  checkWebp(chunks.u24(at + 3) === 0x2a019d, 'a lossy image without its start code', at + 3);
  const sizes = chunks.u32(at + 6);
  const [width, height] = [sizes & 0x3fff, (sizes >>> 16) & 0x3fff];
  checkWebp(width > 0 && height > 0, `its size is ${width} × ${height} pixels`, at + 6);
  return { width, height, lossless: false };
}
