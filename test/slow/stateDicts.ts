// PYTHON=… node scripts/run.mjs test/slow/stateDicts.ts [FOLDER]: state dicts as training scripts save them, under every key,
// with every prefix, in the names of transformers, timm, unilm, candle, mmpretrain and mmsegmentation (fixtures/make/state_dicts.py,
// into FOLDER unless it is there). The logits of the Python that owns the names, or a typed error for a reason given here.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as library from '../../src/index.ts';
import { distance } from '../family/familyModel.ts';

interface Row {
  readonly file: string;
  readonly format: string;
  readonly dialect: string;
  readonly container: string;
  readonly prefix: string;
  /** The seeds of the model by default and of the running mean; null where there is none. */
  readonly expected: readonly [number, number | null];
}

interface Dialect {
  readonly kind: string;
  readonly config: object;
  readonly logits: readonly (readonly number[])[];
}

interface Opened {
  forward(input: object): Promise<{ logits: library.Tensor }>;
  dispose(): void;
}

/** Logits are near 1; a sum is in another order than torch's. */
const BOUND = 2e-5;
const pixels = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new library.Tensor('float32', pixels, [1, 3, 32, 32]);
const boolMaskedPos = new library.Tensor('bool', new Uint8Array(16), [1, 16]);

/** Why a row may end in an error. */
const REASONS: readonly (readonly [(row: Row, useEma: boolean) => boolean, RegExp])[] = [
  // no mean was saved, and what is asked for is not replaced by something else
  [({ expected }, useEma) => useEma && expected[1] === null, /no running mean/],
  // objects of other classes are opened when the caller allows it
  [({ container }) => container === 'DINO', /allowStubs/],
];

async function logitsOf(row: Row, { kind, config }: Dialect, useEma: boolean): Promise<Float32Array> {
  const { [kind as 'AutoModel']: model } = library as never as Record<string, typeof library.AutoModel>;
  const options = { config: library.BeitConfig.fromJSON(config), threads: 1, useEma };
  const opened: Opened = (await model.fromPretrained(join(folder, row.file), options as object)) as never;
  try {
    const masked = kind === 'BeitForMaskedImageModeling' ? { boolMaskedPos } : {};
    return (await opened.forward({ pixelValues, ...masked })).logits.data as Float32Array;
  } finally {
    opened.dispose();
  }
}

/** What became of a row; null when all is well. */
async function faultOf(row: Row, dialect: Dialect, useEma: boolean): Promise<string | null> {
  try {
    const seed = row.expected[useEma ? 1 : 0];
    const found = await logitsOf(row, dialect, useEma);
    if (seed === null) return 'opens, although it has no running mean';
    const far = distance(found, dialect.logits[seed - 1]);
    return far <= BOUND ? null : `is off by ${far}`;
  } catch (error) {
    if (!(error instanceof library.BeitError)) return `foreign error ${error}`;
    const reason = REASONS.find(([holds, message]) => holds(row, useEma) && message.test(error.message));
    if (reason) named++;
    return reason ? null : `${error.code}: ${error.message}`;
  }
}

const python = process.env.PYTHON?.split(',')[0];
const given = process.argv[2];
const folder = given ?? mkdtempSync(join(tmpdir(), 'beit-state-dicts-'));
if (!existsSync(join(folder, 'manifest.json'))) {
  if (!python) {
    console.log('skip: PYTHON names no Python with transformers and timm');
    process.exit();
  }
  const { status, stderr } = spawnSync(python, ['fixtures/make/state_dicts.py', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
let [right, named, faults] = [0, 0, 0];
for (const row of manifest.rows as Row[]) {
  for (const useEma of row.expected[1] === null && (row.format !== 'zip' || row.prefix !== '')
    ? [false]
    : [false, true]) {
    const before = named;
    const fault = await faultOf(row, manifest.models[row.dialect], useEma);
    if (fault) faults++;
    else if (named === before) right++;
    if (fault)
      console.log(
        `${row.dialect} | ${row.container} | ${row.prefix} | ${row.format}${useEma ? ' | mean' : ''}: ${fault}`,
      );
  }
}
if (!given) rmSync(folder, { recursive: true });
for (const skipped of manifest.skipped) console.log(`skip: ${skipped}`);
console.log(`${right} as Python, ${named} rejected for a reason, ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
