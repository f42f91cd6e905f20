import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addDepth } from '../../../src/cli/depth.ts';
import { decode } from '../../../src/image/decode.ts';
import { run } from './printed.ts';

const test = suite('cli/depth');
const folder = mkdtempSync(join(tmpdir(), 'beit-depth-'));
const scan = join(folder, 'five.png');
copyFileSync('fixtures/beit-digits/scans/0005-5.png', scan);
for (const name of ['config.json', 'model.safetensors'])
  copyFileSync(`fixtures/models/depth_anything/${name}`, join(folder, name));
writeFileSync(
  join(folder, 'preprocessor_config.json'),
  '{"image_processor_type":"DPTImageProcessor","size":{"height":20,"width":20}}',
);
test.after(() => rmSync(folder, { recursive: true }));

test('a gray picture beside each picture', async () => {
  const { stdout } = await run(addDepth, 'depth', scan, '-m', folder);
  const out = join(folder, 'five.depth.png');
  assert.is(stdout, `${out}\n`);
  const { width, height } = await decode(new Uint8Array(readFileSync(out)));
  assert.equal([width, height], [384, 384]);
});

test('least, mean and largest depth as JSON lines', async () => {
  const { stdout } = await run(addDepth, 'depth', scan, '-m', folder, '--json', '-o', join(folder, 'x.png'));
  const { image, least, mean, largest } = JSON.parse(stdout);
  assert.is(image, scan);
  assert.ok(least < mean && mean < largest, stdout);
});

test.run();
