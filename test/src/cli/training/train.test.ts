import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { folderExamples } from '../../../../src/cli/training/classFolders.ts';

const test = suite('cli/training/train');
const SCANS = 'fixtures/beit-digits/scans';
const folder = mkdtempSync(join(tmpdir(), 'beit-train-'));
test.after(() => rmSync(folder, { recursive: true }));

function beit(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ['dist/cli.js', ...args], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** Two classes of two pictures each, one of the files broken if asked for. */
function pictures(name: string, broken = false): string {
  const into = join(folder, name);
  for (const [label, files] of [
    ['zero', ['0000-0.png', '0020-0.png']],
    ['one', ['0080-1.png', '0131-1.png']],
  ] as const) {
    mkdirSync(join(into, label), { recursive: true });
    for (const file of files) copyFileSync(join(SCANS, file), join(into, label, file));
  }
  if (broken) writeFileSync(join(into, 'one', 'broken.png'), 'no picture');
  return into;
}

test('the folders of a folder are classes, their pictures examples', async () => {
  const examples = await folderExamples(pictures('listed'));
  assert.equal(
    examples.map(({ label }) => label),
    ['one', 'one', 'zero', 'zero'],
  );
});

test('a model is trained and written; classify reads with it', async () => {
  const out = join(folder, 'model');
  const args = ['--epochs', '30', '--validation', '0', '--threads', '1'];
  const { code, stdout, stderr } = await beit('train', pictures('plain'), out, ...args);
  assert.is(code, 0, stderr);
  assert.match(stderr, /epoch 30: loss/);
  assert.match(stdout, /config\.json\n.*model\.safetensors\n.*preprocessor_config\.json\n/);
  const read = await beit('classify', join(SCANS, '0131-1.png'), '--model', out, '--top-k', '1');
  assert.is(read.code, 0, read.stderr);
  assert.match(read.stdout, /one\n/);
});

test('broken pictures are named and make the exit code 1; checkpoints are gone on from', async () => {
  const [data, out, run] = [pictures('broken', true), join(folder, 'model2'), join(folder, 'run')];
  const args = ['--part', '1', '--epochs', '1', '--validation', '0', '--threads', '1', '--checkpoint', run];
  const first = await beit('train', data, out, ...args);
  assert.is(first.code, 1, first.stderr);
  assert.match(first.stderr, /skipped .*broken\.png: /);
  assert.ok(existsSync(join(run, 'training-0.safetensors')));
  const second = await beit('train', data, out, ...args, '--resume');
  assert.is(second.code, 0, second.stderr);
  assert.not.match(second.stderr, /epoch/, 'the run was at its end');
});

test('one class alone, or no classes', async () => {
  const single = join(folder, 'single');
  mkdirSync(join(single, 'only'), { recursive: true });
  copyFileSync(join(SCANS, '0000-0.png'), join(single, 'only', 'a.png'));
  const one = await beit('train', single, join(folder, 'out'), '--threads', '1');
  assert.match(one.stderr, /expected at least two classes, got one/);
  const none = await beit('train', join(single, 'only'), join(folder, 'out'));
  assert.match(none.stderr, /expected a folder for each class, got none/);
  assert.ok(one.code !== 0 && none.code !== 0);
});

test('shares, changes and adapters are options; the held-out pictures are drawn', async () => {
  const [data, out, adapter] = [pictures('options'), join(folder, 'model3'), join(folder, 'adapter')];
  const changes =
    '--balance --crop 0.8 --jitter 0.2 --rotate 10 --erase 0.2 --mixup 0.2 --label-smoothing 0.1 --clip 1';
  const args = [
    '--part',
    'lora',
    '--rank',
    '2',
    '--epochs',
    '1',
    '--validation',
    '0.5',
    '--threads',
    '1',
    '--random-weights',
  ];
  const written = ['--adapter', adapter, '--naming', 'transformers5'];
  const { code, stdout, stderr } = await beit('train', data, out, ...args, ...changes.split(' '), ...written);
  assert.is(code, 0, stderr);
  assert.match(stdout, /adapter_model\.safetensors\n.*evaluation\.svg\n/);
  assert.match(readFileSync(join(out, 'evaluation.svg'), 'utf8'), /^<svg .*<title>Held-out pictures: /s);
  const config = JSON.parse(readFileSync(join(adapter, 'adapter_config.json'), 'utf8'));
  assert.is(config.r, 2);
  const wrong = await beit('train', data, out, '--crop', '1.5');
  assert.match(wrong.stderr, /Expected a number from 0 to below 1/);
  const strict = await beit('train', pictures('strict', true), out, '--strict', '--threads', '1');
  assert.is(strict.code, 3);
  assert.match(strict.stderr, /\(InvalidImage\)/);
});

test.run();
