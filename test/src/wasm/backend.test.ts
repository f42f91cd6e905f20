import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type WasmBackend, wasmBackend } from '../../../src/wasm/backend.ts';
import { instantiate } from '../../../src/wasm/core.ts';
import { singleThread } from '../../../src/wasm/dispatch.ts';
import { agreeOnCores } from '../../ops/guardedBackend.ts';
import { ROW_OPS } from '../../ops/rowOps.ts';
import { randomFloats } from '../../reference/linear.ts';
import { softmax } from '../../reference/rows.ts';
import { relativeIndex } from '../relativeIndex.ts';

/** Every op on rows, on the core and in the plain loops of test/reference, on the same numbers. */
const test = suite('wasm/backend');
const module = new WebAssembly.Module(readFileSync('dist/core.strict.wasm'));

function newBackend(): WasmBackend {
  const kernels = instantiate(module);
  return wasmBackend(kernels, kernels.memory, singleThread(kernels));
}

for (const [name, op] of Object.entries(ROW_OPS)) test(name, () => agreeOnCores(op, 2e-6));

const GRID = { height: 2, width: 3 };
const TOKENS = 7;
const [HEADS, DIM] = [2, 8];
const DISTANCES = 3 * 5 + 3;

test('with equal queries and keys the probabilities are the softmax of the table', async () => {
  const b = newBackend();
  b.planAttention(TOKENS, DIM / HEADS);
  const [qkv, bias, out] = [b.alloc(TOKENS, 3 * DIM), b.alloc(HEADS, DISTANCES), b.alloc(TOKENS, TOKENS)];
  b.commit();
  const table = randomFloats(DISTANCES * HEADS, 6); // [distances, heads]
  b.write(qkv, new Float32Array(TOKENS * 3 * DIM));
  b.writeRelativeBias(bias, table, GRID);
  const shape = { images: 1, tokens: TOKENS, heads: HEADS, grid: GRID, relativeBias: bias, headMask: null };
  b.attentionProbabilities(out, qkv, shape, 0, 1);
  const found = await b.read(out);
  for (let i = 0; i < TOKENS; i++) {
    const row = Array.from({ length: TOKENS }, (_, j) => table[relativeIndex(i, j, GRID) * HEADS + 1]);
    for (const [j, expected] of softmax(row).entries()) {
      assert.ok(Math.abs(found[i * TOKENS + j] - expected) < 1e-6, `${i} → ${j}`);
    }
  }
});

test.run();
