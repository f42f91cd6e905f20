import { platform } from '#platform';
import { throwIfAborted } from '../../errors.ts';
import { orient } from '../orient.ts';
import type { RgbPixels } from '../pixels.ts';
import { checkWebp, paddedSize, type WebpChunk } from './webpChunks.ts';
import { outOfMemory, type WebpCore, webpFailure, withWebpCore } from './webpCore.ts';
import { openWebp, type WebpFile } from './webpFile.ts';

/** The decoder may load eight bytes behind its data. */
const PADDING = 16;
const LOSSLESS_HEADER = 5;
/** For so long the event loop waits, at most. */
const TURN_MS = 16;

/** As those of `decode`. */
export interface WebpOptions {
  readonly maxPixels?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The upright pixels of a WebP, or of the first picture of an animation: alpha dropped, black where it does not reach. */
export async function decodeWebp(bytes: Uint8Array, { maxPixels, signal }: WebpOptions): Promise<RgbPixels> {
  const file = openWebp(bytes, maxPixels);
  throwIfAborted(signal);
  const pixels = await withWebpCore(async (core) => {
    if (file.frame.alpha) await checkAlpha(core, file, file.frame.alpha, signal);
    return decodeFrame(core, file, signal);
  });
  return orient(pixels, file.orientation);
}

/** Alpha is dropped, but a picture whose alpha cannot be decoded is rejected, as Pillow does. */
async function checkAlpha(
  core: WebpCore,
  { bytes, frame }: WebpFile,
  alpha: WebpChunk,
  signal?: AbortSignal,
): Promise<void> {
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
  await inTurns(signal, () => {
    const done = core.check_pixels();
    if (done < 0) throw webpFailure(core, base);
    return done > 0;
  });
}

/** The pixels on their canvas. An image goes on in the byte that pads its chunk, as libwebp has it. */
async function decodeFrame(core: WebpCore, file: WebpFile, signal?: AbortSignal): Promise<RgbPixels> {
  const { bytes, width, height, frame, left, top } = file;
  const { from, end, base } = place(core, bytes, frame.image.at, paddedSize(frame.image));
  const started = frame.lossless
    ? core.start_image(from, end, LOSSLESS_HEADER, frame.width, frame.height)
    : core.start_frame(from, end, frame.width, frame.height);
  if (!started) throw webpFailure(core, base);
  const data = new Uint8Array(width * height * 3);
  let y = top;
  await inTurns(signal, () => {
    const count = frame.lossless ? core.next_rows() : core.next_lines();
    if (count < 0) throw webpFailure(core, base);
    const rows = new Uint8Array(core.memory.buffer, frame.lossless ? core.rgb_rows.value : core.lines.value);
    for (let i = 0; i < count; i++, y++) {
      data.set(rows.subarray(i * frame.width * 3, (i + 1) * frame.width * 3), (y * width + left) * 3);
    }
    return y === top + frame.height;
  });
  return { data, width, height, channels: 3 };
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

/** Calls `step` until it returns true; in between the event loop turns, and the signal is heard. */
async function inTurns(signal: AbortSignal | undefined, step: () => boolean): Promise<void> {
  for (let turn = performance.now(); !step(); ) {
    if (!platform.canYieldDuringPass || performance.now() - turn < TURN_MS) continue;
    await platform.yieldToEventLoop();
    throwIfAborted(signal);
    turn = performance.now();
  }
}
