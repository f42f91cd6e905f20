import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addTokenize } from '../../../src/cli/tokenize.ts';
import { decode } from '../../../src/image/decode.ts';
import { refused } from '../refused.ts';
import { run } from './printed.ts';

const test = suite('cli/tokenize');
const folder = mkdtempSync(join(tmpdir(), 'beit-tokenize-'));
const scan = join(folder, 'five.png');
copyFileSync('fixtures/beit-digits/scans/0005-5.png', scan);
test.after(() => rmSync(folder, { recursive: true }));
const DVAE = ['--tokenizer', 'fixtures/tokenizers/dvae'];

test('tokens as JSON lines', async () => {
  const { stdout } = await run(addTokenize, 'tokenize', scan, '--json', ...DVAE);
  const { image, height, width, tokens } = JSON.parse(stdout);
  assert.equal([image, height, width, tokens.length], [scan, 14, 14, 196]);
  assert.ok(tokens.every((token: number) => Number.isInteger(token) && token >= 0 && token < 20));
});

test('a picture of the tokens, large enough to be seen, beside the picture', async () => {
  const { stdout } = await run(addTokenize, 'tokenize', scan, ...DVAE);
  const out = join(folder, 'five.tokens.png');
  assert.is(stdout, `${out}\n`);
  const { width, height } = await decode(new Uint8Array(readFileSync(out)));
  assert.equal([width, height], [448, 448]);
});

test('a picture that is cut is an error, or filled with --truncated fill', async () => {
  const cut = join(folder, 'cut.png');
  writeFileSync(cut, readFileSync(scan).subarray(0, -40));
  const read = (...options: string[]) => run(addTokenize, 'tokenize', cut, '--json', ...DVAE, ...options);
  assert.match(JSON.parse((await read()).stdout).error.message, /data end before its last row/);
  const { stdout } = await read('--truncated', 'fill');
  assert.is(JSON.parse(stdout).tokens.length, 196);
});

test('a tokenizer without a decoder prints its tokens, and cannot paint them', async () => {
  const flava = ['--tokenizer', 'fixtures/tokenizers/flava'];
  const { stdout } = await run(addTokenize, 'tokenize', scan, ...flava);
  assert.is(JSON.parse(stdout).tokens.length, 196);
  const painted = () => run(addTokenize, 'tokenize', scan, '-o', join(folder, 'x.png'), ...flava);
  await refused(painted, 'UnsupportedFormat', /the tokenizer has no decoder of pixels/);
});

test.run();
