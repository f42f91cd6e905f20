import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addClassify } from '../../../src/cli/classify.ts';
import { picturePixels } from '../../../src/input/openPicture.ts';
import { BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { refused } from '../refused.ts';
import { run } from './printed.ts';

const test = suite('cli/classify');
const MODEL = 'fixtures/beit-digits';
const SCANS = ['0005-5', '0000-0'].map((name) => `${MODEL}/scans/${name}.png`);

/** Label and probability, largest first: the softmax of the logits, by hand. */
async function expectedOf(image: string): Promise<[label: string, score: number][]> {
  using model = await BeitForImageClassification.fromPretrained(MODEL, { threads: 1 });
  const processor = await BeitImageProcessor.fromPretrained(MODEL);
  const { pixelValues } = await processor.preprocess(await picturePixels(image));
  const logits = [...(await model.forward({ pixelValues })).logits.data];
  const powers = logits.map((x) => Math.exp(x - Math.max(...logits)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((x, i) => [model.config.id2label[i], x / sum] as [string, number]).sort((a, b) => b[1] - a[1]);
}

test('--truncated fill gives an answer for a picture that is cut', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beit-cut-'));
  const cut = join(folder, 'cut.png');
  writeFileSync(cut, readFileSync(SCANS[0]).subarray(0, -40));
  const failed = await run(addClassify, 'classify', cut, '--json');
  assert.is(failed.code, 1);
  const { stdout, code } = await run(addClassify, 'classify', cut, '--json', '--truncated', 'fill');
  rmSync(folder, { recursive: true });
  assert.is(code, undefined);
  assert.is(JSON.parse(stdout).guesses.length, 5);
});

test('a line of JSON for each picture, with the softmax of its logits, best first', async () => {
  const { stdout, code } = await run(addClassify, 'classify', ...SCANS, '--json', '-k', '10');
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal([lines.map(({ image }) => image), code], [SCANS, undefined]);
  for (const [i, { guesses }] of lines.entries()) {
    const expected = await expectedOf(SCANS[i]);
    assert.is(guesses.length, 10);
    for (const [k, { label, score }] of guesses.entries()) {
      assert.is(label, expected[k][0]);
      assert.ok(Math.abs(score - expected[k][1]) < 1e-6, `${score} is not ${expected[k][1]}`);
    }
  }
  assert.is(lines[0].guesses[0].label, '5');
});

test('for people: percents in one column, five of them unless told otherwise', async () => {
  const { stdout } = await run(addClassify, 'classify', SCANS[0]);
  const [name, ...rows] = stdout.trimEnd().split('\n');
  assert.is(name, SCANS[0]);
  const expected = await expectedOf(SCANS[0]);
  assert.equal(
    rows,
    expected.slice(0, 5).map(([label, score]) => `  ${(100 * score).toFixed(1).padStart(5)} %  ${label}`),
  );
});

test('a model that is not there is refused before any picture is read', async () => {
  await refused(run(addClassify, 'classify', 'no.png', '-m', './no-such-folder'), 'FileNotFound', /no-such-folder/);
});

test.run();
