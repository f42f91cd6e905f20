import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../src/backend.ts';
import { WasmBackend } from '../../../src/wasm/backend.ts';
import { instantiate } from '../../../src/wasm/core.ts';
import { singleThread } from '../../../src/wasm/dispatch.ts';
import { ReferenceBackend } from '../../reference/backend.ts';
import { randomFloats } from '../../reference/linear.ts';
import { softmax } from '../../reference/rows.ts';
import { relativeIndex } from '../relativeIndex.ts';

/** Every op on rows, on the core and in the plain loops of test/reference, on the same numbers. */
const test = suite('wasm/backend');
const module = new WebAssembly.Module(readFileSync('dist/core.strict.wasm'));

function newBackend(): WasmBackend {
  const kernels = instantiate(module);
  return new WasmBackend(kernels, kernels.memory, singleThread(kernels));
}

/** Reserves what an op needs and says how to fill it and run it. */
type Op = (backend: Backend<Kinds>) => { fill: () => void; run: () => void; out: Kinds['tensor'] };

async function resultOn(backend: Backend<Kinds>, op: Op): Promise<Float32Array> {
  const { fill, run, out } = op(backend);
  backend.commit();
  fill();
  run();
  return backend.read(out);
}

async function agree(op: Op): Promise<void> {
  const ours = await resultOn(newBackend() as never, op);
  const expected = await resultOn(new ReferenceBackend() as never, op);
  assert.is(ours.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(ours[i] - value) < 2e-6 * Math.max(1, Math.abs(value)), `${ours[i]}, not ${value}, at ${i}`);
  }
}

/** A tensor and how to fill it with seeded numbers. */
function filled(b: Backend<Kinds>, rows: number, cols: number, seed: number) {
  const t = b.alloc(rows, cols);
  return { t, fill: () => b.write(t, randomFloats(rows * cols, seed)) };
}

const fillAll =
  (...all: { fill: () => void }[]) =>
  () => {
    for (const { fill } of all) fill();
  };

for (const rows of [1, 5]) {
  test(`copy and add of ${rows} rows to 5`, async () => {
    for (const op of ['copy', 'add'] as const) {
      await agree((b) => {
        const [out, x] = [filled(b, 5, 7, 1), filled(b, rows, 7, 2)];
        const fill = fillAll(out, x);
        return { out: out.t, fill, run: () => b[op](out.t, x.t) };
      });
    }
  });
}

test('a copy between views leaves the columns beside it alone', async () => {
  await agree((b) => {
    const [out, x] = [filled(b, 4, 9, 1), filled(b, 4, 6, 2)];
    const run = () => b.copy(b.cols(b.rows(out.t, 1, 3), 2, 5), b.cols(b.rows(x.t, 2, 4), 3, 6));
    return { out: out.t, fill: fillAll(out, x), run };
  });
});

test('blend mixes each row by its mask', async () => {
  await agree((b) => {
    const [out, row, mask] = [filled(b, 3, 5, 1), filled(b, 1, 5, 2), b.alloc(1, 3)];
    const fill = () => {
      for (const f of [out, row]) f.fill();
      b.write(mask, new Float32Array([0, 1, 0.25]));
    };
    return { out: out.t, fill, run: () => b.blend(out.t, row.t, mask) };
  });
});

test('patchify cuts pictures into rows, channels outermost', async () => {
  await agree((b) => {
    const image = { images: 2, channels: 3, height: 7, width: 9 };
    const [pixels, out] = [filled(b, 2, 3 * 7 * 9, 3), b.alloc(2 * 2 * 3, 3 * 9)];
    return { out, fill: pixels.fill, run: () => b.patchify(out, pixels.t, image, 3) };
  });
});

test('linear with every kind of end, into a view', async () => {
  for (const epilogue of ['store', 'add', 'gelu', 'relu', 'tanh'] as const) {
    await agree((b) => {
      const w = b.reserveLinear(6, 10);
      const [out, x] = [filled(b, 5, 8, 1), filled(b, 5, 10, 2)];
      const fill = () => {
        for (const f of [out, x]) f.fill();
        b.putRows(w, 0, randomFloats(60, 3));
        b.putVectors(w, randomFloats(6, 4), randomFloats(6, 5));
      };
      return { out: out.t, fill, run: () => b.linear(b.cols(out.t, 1, 7), x.t, w, epilogue) };
    });
  }
});

test('layer norm, in place too', async () => {
  await agree((b) => {
    const norm = b.reserveNorm(10, 1e-3);
    const x = filled(b, 4, 10, 1);
    const fill = () => {
      x.fill();
      b.putNorm(norm, randomFloats(10, 2), randomFloats(10, 3));
    };
    return { out: x.t, fill, run: () => b.layerNorm(x.t, x.t, norm) };
  });
});

test('the mean of rows', async () => {
  await agree((b) => {
    const [x, out] = [filled(b, 9, 6, 1), b.alloc(1, 6)];
    return { out, fill: x.fill, run: () => b.meanRows(out, b.rows(x.t, 2, 9)) };
  });
});

const GRID = { height: 2, width: 3 };
const TOKENS = 7;
const [HEADS, DIM] = [2, 8];
const DISTANCES = 3 * 5 + 3;

for (const { biased, masked } of [
  { biased: false, masked: false },
  { biased: true, masked: false },
  { biased: true, masked: true },
]) {
  test(`attention and its probabilities, bias ${biased}, head mask ${masked}`, async () => {
    const attend =
      (probabilities: boolean): Op =>
      (b) => {
        b.planAttention(TOKENS, DIM / HEADS);
        const qkv = filled(b, 2 * TOKENS, 3 * DIM, 1);
        const [bias, headMask] = [b.alloc(HEADS, DISTANCES), b.alloc(1, HEADS)];
        const out = probabilities ? b.alloc(TOKENS, TOKENS) : b.alloc(2 * TOKENS, DIM);
        const fill = () => {
          qkv.fill();
          b.writeRelativeBias(bias, randomFloats(DISTANCES * HEADS, 2), GRID);
          b.write(headMask, new Float32Array([0.5, 0]));
        };
        const shape = {
          images: 2,
          tokens: TOKENS,
          heads: HEADS,
          grid: GRID,
          relativeBias: biased ? bias : null,
          headMask: masked ? headMask : null,
        };
        const run = () =>
          probabilities ? b.attentionProbabilities(out, qkv.t, shape, 1, 0) : b.attention(out, qkv.t, shape);
        return { out, fill, run };
      };
    await agree(attend(false));
    await agree(attend(true));
  });
}

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
