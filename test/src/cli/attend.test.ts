import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addAttend } from '../../../src/cli/attend.ts';
import { decode } from '../../../src/image/decode.ts';
import { picturePixels } from '../../../src/input/openPicture.ts';
import { BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { refused } from '../refused.ts';
import { run } from './printed.ts';

const test = suite('cli/attend');
const MODEL = 'fixtures/beit-digits';
const SCAN = `${MODEL}/scans/0005-5.png`;
const folder = mkdtempSync(join(tmpdir(), 'beit-attend-'));
const scan = join(folder, 'five.png');
copyFileSync(SCAN, scan);
test.after(() => rmSync(folder, { recursive: true }));

/** Π over layers of ½·mean over heads + ½·I, the rows of the patches averaged (or the class token's), by whole matrices. */
async function rolloutByHand(): Promise<number[]> {
  using model = await BeitModel.fromPretrained(MODEL, { threads: 1 });
  const processor = await BeitImageProcessor.fromPretrained(MODEL);
  const { pixelValues } = await processor.preprocess(await picturePixels(SCAN));
  const { attentions } = await model.forward({ pixelValues, outputAttentions: true });
  const [, heads, tokens] = attentions![0].dims;
  let product = Array.from({ length: tokens }, (_, i) => Array.from({ length: tokens }, (_, j) => Number(i === j)));
  for (const { data } of attentions!) {
    const layer = product.map((_, i) =>
      product.map((_, j) => {
        let sum = 0;
        for (let h = 0; h < heads; h++) sum += data[(h * tokens + i) * tokens + j];
        return sum / heads / 2 + (i === j ? 0.5 : 0);
      }),
    );
    product = layer.map((row) => row.map((_, j) => row.reduce((sum, x, k) => sum + x * product[k][j], 0)));
  }
  const queries = model.config.useMeanPooling ? product.slice(1) : product.slice(0, 1);
  const seen = product[0].map((_, j) => queries.reduce((sum, row) => sum + row[j], 0)).slice(1);
  const total = seen.reduce((a, b) => a + b);
  return seen.map((x) => x / total);
}

test('the map is the rollout of the attentions, a share of 1 for each patch', async () => {
  const { stdout } = await run(addAttend, 'attend', SCAN, '--json');
  const { image, height, width, rollout } = JSON.parse(stdout);
  assert.equal([image, rollout.length], [SCAN, height * width]);
  const expected = await rolloutByHand();
  for (const [i, x] of rollout.entries()) assert.ok(Math.abs(x - expected[i]) < 1e-6, `${i}: ${x}, ${expected[i]}`);
});

test('the drawing is the picture, large enough to be seen, lies beside it or where it is told to, and is named', async () => {
  for (const [args, out] of [
    [[], join(folder, 'five.attention.png')],
    [['--out', join(folder, 'where.png')], join(folder, 'where.png')],
  ] as const) {
    const { stdout } = await run(addAttend, 'attend', scan, ...args);
    assert.is(stdout, `${out}\n`);
    const [drawn, picture] = await Promise.all([out, scan].map((file) => decode(new Uint8Array(readFileSync(file)))));
    assert.equal([drawn.width, drawn.height], [48 * picture.width, 48 * picture.height]);
    assert.ok(drawn.data.some((byte) => byte !== drawn.data[0]));
  }
});

test('one name for two pictures is refused before the model is loaded; a folder that is not there when it is written to', async () => {
  const twice = ['attend', scan, scan, '-o', join(folder, 'x.png'), '-m', './no-such-folder'];
  await refused(run(addAttend, ...twice), 'InvalidArgument', /Cannot write 2 pictures/);
  const { code, stderr } = await run(addAttend, 'attend', scan, '-o', join(folder, 'no', 'such.png'));
  assert.is(code, 3);
  assert.match(stderr, /\(ENOENT\) \(FileSystem\)\n$/);
});

test.run();
