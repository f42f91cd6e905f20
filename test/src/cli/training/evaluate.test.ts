import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('cli/training/evaluate');
const SCANS = 'fixtures/beit-digits/scans';
const folder = mkdtempSync(join(tmpdir(), 'beit-evaluate-'));
test.after(() => rmSync(folder, { recursive: true }));
for (const scan of readdirSync(SCANS)) {
  const into = join(folder, 'digits', scan.slice(-5, -4));
  mkdirSync(into, { recursive: true });
  copyFileSync(join(SCANS, scan), join(into, scan));
}

test('accuracy, figures and a drawing', () => {
  const drawing = join(folder, 'report.svg');
  const args = ['evaluate', join(folder, 'digits'), '-o', drawing, '--threads', '1'];
  const printed = execFileSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8' });
  assert.match(printed, /^100\.0 % right, loss 0\.\d{4}\n$/);
  assert.match(readFileSync(drawing, 'utf8'), /100\.0 % of 12 right/);
  const json = execFileSync(process.execPath, ['dist/cli.js', ...args, '--json'], { encoding: 'utf8' });
  const { accuracy, confusion, perClass } = JSON.parse(json);
  assert.is(accuracy, 1);
  assert.is(confusion.length, 10);
  assert.is(perClass[0].name, '0');
});

test('pictures that cannot be read are named; folders that are not classes end it', () => {
  writeFileSync(join(folder, 'digits', '1', 'broken.png'), 'no picture');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['dist/cli.js', 'evaluate', join(folder, 'digits'), ...args], { encoding: 'utf8' });
  const skipped = run('--threads', '1');
  assert.is(skipped.status, 1);
  assert.match(skipped.stderr, /skipped .*broken\.png: /);
  assert.is(run('--strict').status, 3);
  mkdirSync(join(folder, 'digits', 'cat'));
  copyFileSync(join(SCANS, '0005-5.png'), join(folder, 'digits', 'cat', 'a.png'));
  const other = run();
  assert.is(other.status, 2);
  assert.match(other.stderr, /expected one of 10 classes, got "cat"/);
});

test.run();
