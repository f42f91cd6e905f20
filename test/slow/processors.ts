// PYTHON=… node scripts/run.mjs test/slow/processors.ts
// Every class of image processors that transformers has, its variants and several pictures, against the Pillow back end: the same
// bits, or an error that names the class. PYTHON needs what fixtures/make/processors.py needs. Prints what differs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { BeitError } from '../../src/errors.ts';
import { ImageProcessor } from '../../src/image/process/imageProcessor.ts';
import { madePicture, type ProcessorRow } from '../src/image/process/madePicture.ts';

const python = process.env.PYTHON?.split(',')[0];
if (!python) {
  console.log('skip: PYTHON names no Python');
  process.exit();
}
const { stdout, stderr, status } = spawnSync(python, ['fixtures/make/processors.py', 'all'], { maxBuffer: 1 << 28 });
if (status !== 0) throw new Error(`${stderr}`);
const rows: readonly ProcessorRow[] = JSON.parse(`${stdout}`);
const counts = { same: 0, named: 0, both: 0, differs: 0, 'only here': 0 };

async function outcome({ config, width, height, dims, sha256, error }: ProcessorRow): Promise<keyof typeof counts> {
  try {
    const { pixelValues } = await ImageProcessor.fromConfig(config).preprocess(madePicture(width, height));
    const found = createHash('sha256').update(new Uint8Array(pixelValues.data.buffer)).digest('hex');
    if (error) return 'only here';
    return found === sha256 && `${pixelValues.dims}` === `${dims}` ? 'same' : 'differs';
  } catch (refusal) {
    if (!(refusal instanceof BeitError)) throw refusal;
    return error ? 'both' : 'named';
  }
}

for (const row of rows) {
  const what = await outcome(row);
  counts[what]++;
  if (what === 'differs' || what === 'only here') console.log(`${what}: ${JSON.stringify(row)}`);
}
const types = new Set(rows.map(({ config }) => config.image_processor_type)).size;
console.log(
  `${types} classes, ${rows.length} rows: ${counts.same} the same bits, ${counts.named} refused by name, ${counts.both} refused by both, ${counts['only here']} only here, ${counts.differs} differ`,
);
process.exitCode = counts.differs > 0 ? 1 : 0;
