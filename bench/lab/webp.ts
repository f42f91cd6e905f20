// CPU time of WebP decoders: node scripts/run.mjs bench/lab/webp.ts [ROUNDS] (PYTHON with Pillow; rivals installed)
// Ours, libwebp in Pillow and libwebp as WebAssembly (@jsquash/webp), interleaved, one thread each; median of the rounds.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { decode } from '../../src/image/decode.ts';
import { sha } from '../../test/src/image/sha.ts';

const RIVAL = 'bench/rivals/node_modules/@jsquash/webp';
const RIVAL_WASM = `${RIVAL}/codec/dec/webp_dec.wasm`;
const rounds = Number(process.argv[2] ?? 9);
const folder = mkdtempSync(join(tmpdir(), 'webp-'));
const pillow = spawn(process.env.PYTHON ?? 'python3', ['bench/lab/webp.py', folder], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const answers = createInterface({ input: pillow.stdout })[Symbol.asyncIterator]();

type Rgba = { readonly data: Uint8ClampedArray };
type Decoder = (file: Uint8Array<ArrayBuffer>) => Promise<unknown>;

/** @jsquash/webp, where it is installed. */
async function rivalDecoder(): Promise<((file: Uint8Array<ArrayBuffer>) => Promise<Rgba>) | null> {
  if (!existsSync(RIVAL_WASM)) return null;
  Object.assign(globalThis, {
    ImageData: class {
      constructor(readonly data: Uint8ClampedArray) {}
    },
  });
  const rival = await import(pathToFileURL(resolve(RIVAL, 'decode.js')).href);
  await rival.init(new WebAssembly.Module(readFileSync(RIVAL_WASM)));
  return (file) => rival.default(file.buffer);
}

/** Milliseconds of CPU, and the result. */
async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1000, result];
}

async function askPillow(name: string): Promise<[number, string]> {
  pillow.stdin.write(`${name}\n`);
  const [spent, hash] = (await answers.next()).value.split(' ');
  return [Number(spent), hash];
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
const kilobytes = (file: string) => (gzipSync(readFileSync(file), { level: 9 }).length / 1000).toFixed(1);

const names: string[] = (await answers.next()).value.split('|');
const rival = await rivalDecoder();
const size = rival
  ? `, @jsquash/webp ${kilobytes(RIVAL_WASM)} kB`
  : ' (no @jsquash/webp: npm ci --prefix bench/rivals)';
console.log(`WASM, gzip: ours ${kilobytes('dist/core.webp.wasm')} kB${size}\n`);
console.log('| picture | kB | ours, ms | Pillow, ms | ours ÷ Pillow | @jsquash, ms | ours ÷ @jsquash | pixels |');
console.log('|---|---|---|---|---|---|---|---|');
for (const name of names) console.log(await row(name));
pillow.stdin.end();

async function row(name: string): Promise<string> {
  const file = new Uint8Array(readFileSync(join(folder, `${name}.webp`)));
  const times: Record<'ours' | 'pillow' | 'rival', number[]> = { ours: [], pillow: [], rival: [] };
  let same = true;
  for (let round = -2; round < rounds; round++) {
    const [pillowMs, hash] = await askPillow(name);
    const [ours, image] = await timed(() => decode(file));
    const [rivals] = rival ? await timed<unknown>(() => (rival as Decoder)(file)) : [Number.NaN];
    same &&= sha(image.data) === hash;
    if (round < 0) continue; // engines compile
    times.pillow.push(pillowMs);
    times.ours.push(ours);
    times.rival.push(rivals);
  }
  const [ours, theirs, other] = [times.ours, times.pillow, times.rival].map(median);
  const cells = [ours.toFixed(1), theirs.toFixed(1), (ours / theirs).toFixed(2)];
  const rivals = rival ? [other.toFixed(1), (ours / other).toFixed(2)] : ['', ''];
  return `| ${[name, (file.length / 1000).toFixed(0), ...cells, ...rivals, same ? 'the same' : 'OTHERS'].join(' | ')} |`;
}
