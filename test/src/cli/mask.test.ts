import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addMask } from '../../../src/cli/mask.ts';
import { decode } from '../../../src/image/decode.ts';
import { refused } from '../refused.ts';
import { run } from './printed.ts';

const test = suite('cli/mask');
const folder = mkdtempSync(join(tmpdir(), 'beit-mask-'));
const scan = join(folder, 'five.png');
copyFileSync('fixtures/beit-digits/scans/0005-5.png', scan);
test.after(() => rmSync(folder, { recursive: true }));

async function masked(...args: string[]) {
  const { stdout } = await run(addMask, 'mask', scan, '--json', ...args);
  return JSON.parse(stdout) as { height: number; width: number; mask: number[]; tokens: number[]; scores: number[] };
}
const hidden = ({ mask }: { mask: number[] }) => mask.reduce((a, b) => a + b);

test('the share that is asked for is hidden, and every patch gets a token and how sure it is', async () => {
  for (const share of [0.1, 0.4, 0.75]) {
    const found = await masked('--share', `${share}`);
    const patches = found.height * found.width;
    assert.equal([found.mask.length, found.tokens.length, found.scores.length], [patches, patches, patches]);
    assert.ok(found.mask.every((bit) => bit === 0 || bit === 1));
    // blocks are drawn until no other fits: never more than asked for, and hardly fewer
    const most = Math.floor(share * patches);
    assert.ok(hidden(found) <= most && hidden(found) >= 0.8 * most, `${hidden(found)} of ${most}`);
    assert.ok(found.scores.every((score) => score > 0 && score <= 1));
    assert.ok(found.tokens.every((token) => Number.isInteger(token) && token >= 0));
  }
});

test('a seed gives the same mask again, another seed another; 0.4 and 0 are the defaults', async () => {
  const first = await masked('--seed', '7');
  assert.equal(await masked('--seed', '7'), first);
  assert.not.equal((await masked('--seed', '8')).mask, first.mask);
  assert.equal(await masked('--seed', '0', '--share', '0.4'), await masked());
});

test('a tokenizer of another vocabulary cannot paint the tokens; the picture says so', async () => {
  const args = [scan, '-o', join(folder, 'painted.png'), '--tokenizer', 'fixtures/tokenizers/dvae'];
  const { stderr, code } = await run(addMask, 'mask', ...args);
  assert.match(stderr, /Invalid tokens: expected 0 to 19, got \d+/);
  assert.is(code, 1);
});

test('three pictures side by side: as it was, with the hidden patches, as it is filled in', async () => {
  const { stdout } = await run(addMask, 'mask', scan);
  const out = join(folder, 'five.masked.png');
  assert.is(stdout, `${out}\n`);
  const { data, width, height } = await decode(new Uint8Array(readFileSync(out)));
  const times = 12; // 104 × 32 pixels are hard to see
  assert.equal([width, height], [times * (3 * 32 + 2 * 4), times * 32]);
  const channels = data.length / (width * height);
  const { mask, width: columns } = await masked();
  const side = 32 / columns;
  const pixel = (x: number, y: number) => [
    ...data.subarray(times * (y * width + x) * channels, times * (y * width + x) * channels + 3),
  ];
  for (let y = 0; y < 32; y++) {
    for (let x = 0; x < 32; x++) {
      const shown = mask[Math.floor(y / side) * columns + Math.floor(x / side)] === 0;
      if (shown) assert.equal(pixel(x + 36, y), pixel(x, y), `${x}, ${y}: what is not hidden is as it was`);
    }
  }
});

test('shares and seeds that are none are refused by name', async () => {
  for (const share of ['0', '1', '-0.5', '', 'half', 'Infinity'])
    await run(addMask, 'mask', scan, `--share=${share}`).then(
      () => assert.unreachable(share),
      (error) => assert.match(error.message, /--share.*Expected a number/),
    );
  await run(addMask, 'mask', scan, '--seed=x').then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /--seed.*Expected a number/),
  );
});

test('a model without a codebook prints its tokens, and refuses to draw them', async () => {
  const bare = join(folder, 'bare');
  mkdirSync(bare);
  for (const file of ['config.json', 'model.safetensors', 'preprocessor_config.json'])
    copyFileSync(`fixtures/beit-digits-pt/${file}`, join(bare, file));
  const { stdout } = await run(addMask, 'mask', scan, '--model', bare);
  assert.equal(JSON.parse(stdout).tokens, (await masked()).tokens);
  const drawing = run(addMask, 'mask', scan, '--model', bare, '--out', join(folder, 'drawn.png'));
  await refused(drawing, 'FileNotFound', /^Cannot draw ".*drawn\.png": there is no codebook\.safetensors /);
});

test.run();
