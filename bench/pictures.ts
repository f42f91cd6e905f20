import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decode as jpegJs } from 'jpeg-js';
import { PNG } from 'pngjs';
import { decode } from '../src/image/decode.ts';
import { hasRival, rivalPackage } from './contestants/rivalPackage.ts';
import type { BenchOptions } from './options.ts';

/** CPU time of one decoder on one picture. */
export interface PictureTime {
  readonly picture: string;
  readonly decoder: string;
  readonly ms: number; // median
  readonly best: number;
}

/** Decodes and says how many ms of CPU it took. */
type Decoder = (path: string, bytes: Uint8Array) => Promise<number>;

/** Decoders of this process and Pillow in its own, turn by turn, on pictures that Pillow writes: it needs PYTHON. */
export async function benchPictures({ rounds, only, python, say }: BenchOptions): Promise<PictureTime[]> {
  if (!python) {
    say('pictures: PYTHON names no Python with Pillow, which makes the pictures; nothing is measured');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'beit-pictures-'));
  const child = spawn(python, ['bench/contestants/pictures.py', folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const pillow = await pillowDecoder(child);
    const decoders = Object.entries({ ours: timed(decode), Pillow: pillow, ...rivals() });
    const times: PictureTime[] = [];
    for (const picture of readdirSync(folder).sort()) {
      if (only.test(picture)) times.push(...(await compare(join(folder, picture), picture, decoders, rounds)));
    }
    return times;
  } finally {
    child.kill();
    rmSync(folder, { recursive: true });
  }
}

async function compare(
  path: string,
  picture: string,
  decoders: readonly (readonly [string, Decoder])[],
  rounds: number,
): Promise<PictureTime[]> {
  const bytes = new Uint8Array(readFileSync(path));
  const fitting = decoders.filter(
    ([name]) => !/jpe?g|png/i.test(name) || picture.endsWith(/png/i.test(name) ? '.png' : '.jpg'),
  );
  const found = new Map<string, number[]>(fitting.map(([name]) => [name, []]));
  // small pictures are measured more often; the first round warms up
  const turns = picture.startsWith('640') ? 5 * rounds : rounds;
  for (let turn = 0; turn <= turns; turn++) {
    for (const [name, run] of fitting) {
      const ms = await run(path, bytes);
      if (turn > 0) found.get(name)!.push(ms);
    }
  }
  return [...found].map(([decoder, all]) => {
    all.sort((a, b) => a - b);
    return { picture: picture.replace(/\.\w+$/, ''), decoder, ms: all[all.length >> 1], best: all[0] };
  });
}

async function pillowDecoder(child: ChildProcess): Promise<Decoder> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') throw new Error('Pillow did not make the pictures');
  return async (path) => {
    child.stdin!.write(`${path}\n`);
    return Number((await lines.next()).value);
  };
}

/** The CPU time of this process, its threads included. */
function timed(run: (bytes: Uint8Array) => unknown): Decoder {
  return async (_, bytes) => {
    const before = process.cpuUsage();
    await run(bytes);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e3;
  };
}

/** Those that are installed. */
function rivals(): Record<string, Decoder> {
  const found: Record<string, Decoder> = {
    'jpeg-js': timed((bytes) => jpegJs(bytes, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2048 })),
    pngjs: timed((bytes) => PNG.sync.read(Buffer.from(bytes))),
  };
  if (hasRival('sharp')) {
    const sharp = rivalPackage<(bytes: Uint8Array) => { raw(): { toBuffer(): Promise<unknown> } }>('sharp');
    found.sharp = timed((bytes) => sharp(bytes).raw().toBuffer());
  }
  return found;
}
