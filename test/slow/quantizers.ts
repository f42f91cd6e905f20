// PYTHON=… node scripts/run.mjs test/slow/quantizers.ts [FOLDER]
// A small BEiT as every quantizer saves it (fixtures/make/quantized.py, into FOLDER unless it is there): the logits of the
// weights that the quantizer itself dequantizes, or an error that names the scheme. Prints how far each is.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BeitError } from '../../src/errors.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../src/tensor.ts';

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'beit-quantized-'));
if (!existsSync(join(folder, 'base'))) {
  const python = process.env.PYTHON?.split(',')[0];
  const made = python ? spawnSync(python, ['fixtures/make/quantized.py', folder]) : null;
  if (made?.status !== 0) {
    console.log(
      `skip: PYTHON names no Python with the quantizers; ${made ? `${made.stderr}`.trim().split('\n').at(-1) : ''}`,
    );
    process.exit();
  }
}
/** Sums of a pass are in another order than in torch. */
const TOLERANCE = 2e-6;
const pixels = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => ((i * 7919) % 2001) / 1000 - 1);
const pixelValues = new Tensor('float32', pixels, [1, 3, 32, 32]);

async function outcome(name: string): Promise<string> {
  const expected = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8'));
  try {
    using model = await BeitForImageClassification.fromPretrained(join(folder, name), { threads: 1 });
    if (expected.refused) return `DIFFERS: it opens, expected an error that names ${expected.refused}`;
    const { logits } = await model.forward({ pixelValues });
    const far = logits.data.reduce((most, x, i) => Math.max(most, Math.abs(x - expected.logits[i])), 0);
    return far <= TOLERANCE ? `same within ${far.toExponential(1)}` : `DIFFERS by ${far}`;
  } catch (error) {
    const named = error instanceof BeitError && error.message.toLowerCase().includes(expected.refused);
    return expected.refused && named ? `refused by name: ${error.message}` : `DIFFERS: ${error}`;
  }
}

let failed = 0;
for (const name of readdirSync(folder).sort()) {
  if (!existsSync(join(folder, name, 'expected.json'))) continue;
  const line = await outcome(name);
  if (line.startsWith('DIFFERS')) failed++;
  console.log(`${name}: ${line}`);
}
console.log(`${failed} differ`);
process.exitCode = failed > 0 ? 1 : 0;
