// node scripts/run.mjs test/slow/webpMutations.ts [RUNS] [SEED]
// Mutates WebP files, also so that their sizes grow, and decodes each twice, over memory full of zeros and full of ones: any
// error but the documented ones, any picture that takes more than 2 s, and any result that depends on what the memory held
// before, fails. Prints what came of them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { decoderModule } from '../../src/engine/coreSource.ts';
import { BeitError } from '../../src/errors.ts';
import { decode } from '../../src/image/decode.ts';
import { keepWebpCore, takeWebpCore } from '../../src/image/webp/webpCore.ts';
import { sha } from '../src/image/sha.ts';

const [runs = '200000', seed = '1'] = process.argv.slice(2);
const MOST_PIXELS = 4_000_000;
const MOST_MS = 2000;
const files: Uint8Array[] = JSON.parse(readFileSync('fixtures/image/webp.json', 'utf8'))
  .filter(([, width]: [string, number | null]) => width !== null)
  .map(([, , , , base64]: string[]) => new Uint8Array(Buffer.from(base64, 'base64')));

let state = Number(seed);
/** A whole number below `count`. */
function random(count: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * count);
}

function changed(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  return bytes.map((old, i) => (i === at ? byte : old));
}

const EDITS: readonly ((bytes: Uint8Array, at: number) => Uint8Array)[] = [
  (bytes, at) => changed(bytes, at, random(256)),
  (bytes, at) => changed(bytes, at, bytes[at] ^ (1 << random(8))),
  (bytes, at) => changed(bytes, at, [0, 1, 127, 128, 255][random(5)]),
  (bytes, at) => Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(8))]),
  (bytes, at) => Uint8Array.from([...bytes.subarray(0, at + random(16)), ...bytes.subarray(at)]),
  (bytes, at) => bytes.map((byte, i) => (i >= at && i < at + 8 ? random(256) : byte)),
];

/** The size in the container's header becomes true again, so that more than this is met. */
function repaired(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 20) return bytes;
  new DataView(bytes.buffer).setUint32(4, bytes.length - 8, true);
  if (/VP8[ L]/.test(String.fromCharCode(...bytes.subarray(12, 16)))) {
    new DataView(bytes.buffer).setUint32(16, bytes.length - 20, true);
  }
  return bytes;
}

function mutated(): Uint8Array {
  let bytes: Uint8Array = files[random(files.length)].slice();
  const near = [bytes.length, 64, 40][random(3)];
  const spared = [0, 12, 20, 20, 30, 30, 30, 30][random(8)];
  for (let i = 1 + random(4); i > 0 && bytes.length > 1; i--) {
    bytes = EDITS[random(EDITS.length)](bytes, Math.min(bytes.length - 1, spared + random(near)));
  }
  return random(4) ? repaired(bytes) : bytes;
}

/** What became of a picture; the decoder's memory was full of `pattern` before. */
async function outcome(bytes: Uint8Array, pattern: number): Promise<string> {
  const core = takeWebpCore(await decoderModule('core.webp.wasm'));
  core.release_all();
  const from = core.reserve(0n);
  new Uint8Array(core.memory.buffer).fill(pattern, from, from + (1 << 20));
  keepWebpCore(core);
  try {
    const { data, width, height } = await decode(bytes, { maxPixels: MOST_PIXELS });
    return `${width} × ${height} ${sha(data)}`;
  } catch (error) {
    assert(
      error instanceof BeitError,
      `a foreign error: ${(error as Error).stack}\n${Buffer.from(bytes).toString('base64')}`,
    );
    return `${error.code}: ${error.message}`;
  }
}

const outcomes = new Map<string, number>();
let slowest = 0;
for (let run = 0; run < Number(runs); run++) {
  const bytes = mutated();
  const started = performance.now();
  const first = await outcome(bytes, 0);
  slowest = Math.max(slowest, performance.now() - started);
  const second = await outcome(bytes, 255);
  if (first !== second || slowest > MOST_MS) {
    console.log(Buffer.from(bytes).toString('base64'));
    throw new Error(`run ${run}: ${first} over zeros, ${second} over ones, ${slowest} ms`);
  }
  const kind = /^\d/.test(first) ? 'decoded' : first.replace(/\d+|"[^"]*"|\[.*\]/g, 'N');
  outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
}
const peak = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`webp: ${runs} mutations, each twice, the slowest ${Math.round(slowest)} ms, peak resident ${peak} MB`);
for (const [kind, count] of [...outcomes].sort(([, a], [, b]) => b - a)) console.log(`  ${count} × ${kind}`);
