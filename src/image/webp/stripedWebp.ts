import { decoderModule } from '../../engine/coreSource.ts';
import type { Arena } from '../../wasm/arena.ts';
import { NOTHING_YET, type Stripe, type StripedPicture } from '../pictureCore.ts';
import { checkWebp, paddedSize, type WebpChunk } from './webpChunks.ts';
import { keepWebpCore, outOfMemory, takeWebpCore, type WebpCore, webpFailure } from './webpCore.ts';
import { openWebp, type WebpFile } from './webpFile.ts';

/** The decoder may load eight bytes behind its data. */
const PADDING = 16;
const LOSSLESS_HEADER = 5;
/** As many rows as the decoder finishes at once, at most. */
const MOST_ROWS = 24;

/**
 * A WebP, or the first picture of an animation, as stripes of RGB, as Pillow's `convert("RGB")` gives them: alpha dropped,
 * black where the picture does not reach. It is decoded in a core of its own, and its rows are copied to the one for pictures.
 */
export async function stripedWebp(bytes: Uint8Array, maxPixels?: number): Promise<StripedPicture> {
  const file = openWebp(bytes, maxPixels);
  const module = await decoderModule('core.webp.wasm');
  const { width, height, orientation } = file;
  return { width, height, orientation, stripes: ({ arena }) => stripesOf(file, takeWebpCore(module), arena) };
}

function* stripesOf(file: WebpFile, core: WebpCore, arena: Arena): Generator<Stripe, void> {
  if (file.frame.alpha) yield* checkAlpha(core, file, file.frame.alpha);
  yield* onCanvas(file, decodeFrame(core, file), arena);
  keepWebpCore(core); // one that failed may be in any state
}

/** Alpha is dropped, but a picture whose alpha cannot be decoded is rejected, as Pillow does. */
function* checkAlpha(core: WebpCore, { bytes, frame }: WebpFile, alpha: WebpChunk): Generator<Stripe, void> {
  checkWebp(alpha.size > 1, `expected alpha, got ${alpha.size} bytes`, alpha.at);
  const header = bytes[alpha.at];
  const [coding, preprocessing, reserved] = [header & 3, (header >> 4) & 3, header >> 6];
  const known = coding <= 1 && preprocessing <= 1 && reserved === 0;
  checkWebp(known, `unknown coding of alpha 0x${header.toString(16)}`, alpha.at);
  if (coding === 0) {
    const needed = frame.width * frame.height;
    checkWebp(alpha.size - 1 >= needed, `expected ${needed} bytes of alpha, got ${alpha.size - 1}`, alpha.at);
    return;
  }
  const { from, end, base } = place(core, bytes, alpha.at, alpha.size);
  if (!core.start_image(from + 1, end, 0, frame.width, frame.height)) throw webpFailure(core, base);
  for (let done = 0; done === 0; yield NOTHING_YET) {
    done = core.check_pixels();
    if (done < 0) throw webpFailure(core, base);
  }
}

/** Rows of the picture as they are finished; none between two steps of a lossless one. */
function* decodeFrame(core: WebpCore, { bytes, frame }: WebpFile): Generator<Uint8Array, void> {
  // an image goes on in the byte that pads its chunk, as libwebp has it
  const { from, end, base } = place(core, bytes, frame.image.at, paddedSize(frame.image));
  const { width, height, lossless } = frame;
  const started = lossless
    ? core.start_image(from, end, LOSSLESS_HEADER, width, height)
    : core.start_frame(from, end, width, height);
  if (!started) throw webpFailure(core, base);
  for (let y = 0; y < height; ) {
    const count = lossless ? core.next_rows() : core.next_lines();
    if (count < 0) throw webpFailure(core, base);
    yield new Uint8Array(core.memory.buffer, lossless ? core.rgb_rows.value : core.lines.value, count * width * 3);
    y += count;
  }
}

/** Stripes of the whole canvas: black above, beside and below the rows of the picture. */
function* onCanvas(file: WebpFile, rows: Iterable<Uint8Array>, arena: Arena): Generator<Stripe, void> {
  const { width, height, frame, left, top } = file;
  const at = arena.reserve(MOST_ROWS * width * 3);
  arena.commit();
  const black = function* (from: number, to: number) {
    arena.u8(at, MOST_ROWS * width * 3).fill(0);
    for (let first = from; first < to; first += MOST_ROWS) {
      yield { first, count: Math.min(MOST_ROWS, to - first), at };
    }
  };
  yield* black(0, top);
  let first = top;
  for (const stripe of rows) {
    const count = stripe.length / (3 * frame.width);
    const out = arena.u8(at, MOST_ROWS * width * 3);
    if (frame.width === width) out.set(stripe);
    else {
      for (let i = 0; i < count; i++) {
        out.set(stripe.subarray(i * frame.width * 3, (i + 1) * frame.width * 3), (i * width + left) * 3);
      }
    }
    yield { first, count, at };
    first += count;
  }
  yield* black(first, height);
}

/** Copies data into the core: where it begins and ends there, and the address that its file would begin at. */
function place(core: WebpCore, bytes: Uint8Array, at: number, size: number) {
  core.release_all();
  const from = core.reserve(BigInt(size + PADDING)) >>> 0;
  if (from === 0) throw outOfMemory();
  const memory = new Uint8Array(core.memory.buffer, from, size + PADDING);
  memory.set(bytes.subarray(at, at + size));
  memory.fill(0, size);
  return { from, end: from + size, base: from - at };
}
