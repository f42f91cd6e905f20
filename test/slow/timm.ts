// PYTHON=… node scripts/run.mjs test/slow/timm.ts [NAME…]: folders as timm saves them, for every name of its registry that could
// be BEiT's block. Each opens and gives timm's logits, or is an error of this library: none is wrong without a word.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoModel, AutoModelForImageClassification, BeitError, type Tensor } from '../../src/index.ts';
import { distance } from '../family/familyModel.ts';
import { readTensors } from '../family/readTensors.ts';

const { PYTHON } = process.env;
const BOUND = 2e-5;

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

/** What became of a folder; null when all is well. */
async function faultOf(folder: string): Promise<string | null> {
  const io = await readTensors(join(folder, 'io.safetensors'));
  try {
    const d = distance(await logitsOf(folder, io.get('in.pixel_values') as never), io.get('out.logits')!.data as never);
    return d <= BOUND ? null : `is off by ${d}`;
  } catch (error) {
    if (!(error instanceof BeitError)) return `foreign error ${error}`;
    rejected++;
    // a model whose last layer is not a classifier here is still the same encoder
    const onlyTheHead = /"head\.weight": expected/.test(error.message);
    return !onlyTheHead && (await bareOpens(folder)) ? 'opens without its head, but not with it' : null;
  }
}

let [right, rejected] = [0, 0];
const faults: string[] = [];
const root = mkdtempSync(join(tmpdir(), 'timm-'));
if (!PYTHON) console.log('skip: PYTHON names no Python with timm');
else {
  const args = ['fixtures/make/timm_folders.py', root, ...process.argv.slice(2)];
  const { status, stderr } = spawnSync(PYTHON, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(stderr);
  for (const name of readdirSync(root)) {
    if (!readdirSync(join(root, name)).includes('io.safetensors')) continue; // timm itself could not
    const before = rejected;
    const fault = await faultOf(join(root, name));
    if (fault) faults.push(`${name} ${fault}`);
    else if (rejected === before) right++;
  }
}
rmSync(root, { recursive: true });
for (const fault of faults) console.log(fault);
console.log(`${right} as timm, ${rejected} rejected with a typed error, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
