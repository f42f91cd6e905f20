// PYTHON=… node scripts/run.mjs test/slow/timm.ts [NAME…]: folders as timm saves them, for every name of its registry that is
// called like a BEiT, a ViT, a DeiT or an EVA. Each opens with nothing but the folder and gives timm's logits, or is an error of
// this library that says why: none is wrong without a word.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AutoModel, AutoModelForImageClassification, BeitError, type Tensor } from '../../src/index.ts';
import { distance } from '../family/familyModel.ts';
import { readTensors } from '../family/readTensors.ts';

const { PYTHON } = process.env;
/** Of the largest logit. */
const BOUND = 2e-5;
/** What the registry is known to give: fewer would mean that a check was lost. */
const EXPECTED = { timm: '1.0.31', equal: 144 };

async function logitsOf(folder: string, pixelValues: Tensor): Promise<ArrayLike<number>> {
  const model = await AutoModelForImageClassification.fromPretrained(folder);
  try {
    return (await model.forward({ pixelValues })).logits.data;
  } finally {
    model.dispose();
  }
}

/** A classifier that is an error must be one without its head too: its features would be wrong. */
async function bareOpens(folder: string): Promise<boolean> {
  const opened = await AutoModel.fromPretrained(folder).catch((error: unknown) => error);
  if (opened instanceof AutoModel) opened.dispose();
  return opened instanceof AutoModel;
}

/** The distance from timm's logits relative to the largest, or the error that the folder is. */
async function outcome(folder: string): Promise<number | BeitError> {
  const io = await readTensors(join(folder, 'io.safetensors'));
  const expected = io.get('out.logits')!.data as Float32Array;
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  try {
    return distance(await logitsOf(folder, io.get('in.pixel_values') as never), expected) / largest;
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    return error;
  }
}

const [equal, faults, impossible] = [[] as number[], [] as string[], [] as string[]];
const errors = new Map<string, string[]>();

async function check(name: string, folder: string): Promise<void> {
  const found = await outcome(folder);
  if (typeof found === 'number') {
    if (found <= BOUND) equal.push(found);
    else faults.push(`${name} is off by ${found}`);
    return;
  }
  if (await bareOpens(folder)) faults.push(`${name} opens without its head, but not with it: ${found.message}`);
  const reason = `${found.code}: ${found.message.replaceAll(name, '…')}`;
  errors.set(reason, [...(errors.get(reason) ?? []), name]);
}

async function sweep(python: string, wanted: readonly string[]): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'timm-'));
  const server = spawn(python, ['fixtures/make/timm_folders.py', join(root, 'model')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  try {
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const { timm, names } = JSON.parse((await lines.next()).value);
    for (const name of wanted.length > 0 ? wanted : names) {
      server.stdin.write(`${JSON.stringify({ name })}\n`);
      const { ok, error } = JSON.parse((await lines.next()).value);
      if (ok) await check(name, join(root, 'model'));
      else impossible.push(`${name}: ${error}`);
    }
    if (wanted.length === 0 && timm === EXPECTED.timm && equal.length < EXPECTED.equal)
      faults.push(`only ${equal.length} models are as timm's, expected ${EXPECTED.equal}`);
  } finally {
    server.kill();
    rmSync(root, { recursive: true });
  }
}

function report(): void {
  for (const [reason, names] of [...errors].sort()) console.log(`${reason}\n  ${names.length}: ${names.join(' ')}`);
  for (const line of impossible) console.log(`timm cannot make ${line}`);
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  const rejected = [...errors.values()].flat().length;
  const worst = equal.reduce((a, b) => Math.max(a, b), 0).toExponential(1);
  console.log(
    `${equal.length} as timm (worst ${worst} of the largest logit), ${rejected} rejected with a typed error,`,
  );
  console.log(`${impossible.length} that timm cannot make at this depth, ${faults.length} faults`);
}

if (!PYTHON) console.log('skip: PYTHON names no Python with timm');
else {
  await sweep(PYTHON, process.argv.slice(2));
  report();
  process.exitCode = faults.length > 0 ? 1 : 0;
}
