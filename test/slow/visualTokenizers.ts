// PYTHON=python node scripts/run.mjs test/slow/visualTokenizers.ts [COUNT]: tokens of so many pictures (default 200) against
// DALL-E, FLAVA and BEiT v2 in Python, with random weights; the pixels of the dVAE's decoder to one level.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tensor } from '../../src/tensor.ts';
import { VisualTokenizer } from '../../src/tokenizer/visualTokenizer.ts';
import { readTensors } from '../family/readTensors.ts';

const { PYTHON } = process.env;
const count = Number(process.argv[2] ?? 200);

async function compare(folder: string, name: string): Promise<string> {
  using tokenizer = await VisualTokenizer.fromPretrained(join(folder, name), { numAttentionHeads: 3 });
  const expected = await readTensors(join(folder, name, 'expected.safetensors'));
  const { data, dims } = expected.get('pixels')!;
  const tokens = expected.get('tokens')!.data as Int32Array;
  const decoded = expected.get('decoded')?.data as Float32Array | undefined;
  const [pixelsEach, tokensEach] = [data.length / dims[0], tokens.length / dims[0]];
  let [other, worst] = [0, 0];
  for (let i = 0; i < dims[0]; i++) {
    const pixels = (data as Float32Array).subarray(i * pixelsEach, (i + 1) * pixelsEach);
    const wanted = tokens.slice(i * tokensEach, (i + 1) * tokensEach);
    const got = await tokenizer.encodePixels(new Tensor('float32', pixels, [1, ...dims.slice(1)]));
    other += got.data.filter((token, t) => token !== wanted[t]).length;
    if (!decoded) continue;
    const picture = await tokenizer.decode(new Tensor('int32', wanted, got.dims));
    const area = picture.width * picture.height;
    for (const [p, value] of picture.data.entries()) {
      const exact = 255 * decoded[i * 3 * area + (p % 3) * area + Math.floor(p / 3)];
      worst = Math.max(worst, Math.abs(value - exact));
    }
  }
  if (other > 0 || worst > 1)
    throw new Error(`${name}: ${other} of ${tokens.length} tokens differ, pixels by ${worst}`);
  return `${name}: ${tokens.length} tokens of ${dims[0]} pictures equal${decoded ? `, pixels within ${worst.toFixed(2)} levels` : ''}`;
}

if (!PYTHON) {
  console.log('skip: set PYTHON to a Python with torch, transformers, timm and DALL-E');
} else {
  const folder = mkdtempSync(join(tmpdir(), 'tokenizers-'));
  execFileSync(PYTHON, ['fixtures/make/visual_tokenizers.py', folder, String(count)], { stdio: 'pipe' });
  for (const name of ['dvae', 'flava', 'vqkd']) console.log(await compare(folder, name));
  rmSync(folder, { recursive: true });
}
