import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('cli/training/pretrain');
const folder = mkdtempSync(join(tmpdir(), 'beit-pretrain-'));
test.after(() => rmSync(folder, { recursive: true }));

const beit = (...args: string[]) => spawnSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8' });

test('an encoder and its codebook are made from pictures, and mask opens them', () => {
  const out = join(folder, 'encoder');
  const args = ['--codes', '16', '--epochs', '2', '--batch', '4', '--validation', '0.25', '--threads', '1'];
  const { status, stdout, stderr } = beit('pretrain', 'fixtures/beit-digits', out, ...args, '--random-weights');
  assert.is(status, 0, stderr);
  assert.match(stderr, /epoch 2: loss .*\n.*% of the hidden tokens are right/);
  assert.match(stdout, /model\.safetensors\n.*codebook\.safetensors\n/s);
  const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
  assert.is(config.vocab_size, 16);
  assert.equal(config.architectures, ['BeitForMaskedImageModeling']);
  assert.ok(existsSync(join(out, 'preprocessor_config.json')));
});

test('a folder without pictures', () => {
  mkdirSync(join(folder, 'empty'));
  const { status, stderr } = beit('pretrain', join(folder, 'empty'), join(folder, 'out'));
  assert.is(status, 2);
  assert.match(stderr, /expected pictures, got none/);
});

test.run();
