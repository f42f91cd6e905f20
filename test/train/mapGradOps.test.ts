import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openTrainEngine } from '../../src/train/engine/openTrainEngine.ts';
import { trainBackend } from '../../src/train/engine/trainBackend.ts';
import { borderedAt, mapAt } from '../../src/train/model/heads/segmentation/mapBatch.ts';
import { segmentationGradient } from '../../src/train/segmentationLoss.ts';
import { noise } from '../core-as/matrix.ts';
import { convolve3x3, finiteDifferences } from '../reference/gradients.ts';

const test = suite('train/mapGradOps');

const flat = (rows: readonly (readonly number[])[]) => Float32Array.from(rows.flat());

function close(got: Float32Array, expected: readonly (readonly number[])[], what: string): void {
  const values = expected.flat();
  const worst = values.reduce((most, v, i) => Math.max(most, Math.abs(got[i] - v)), 0);
  assert.ok(got.length === values.length && worst < 1e-5, `${what}: ${worst}`);
}

for (const [images, height, width, c, n] of [
  [1, 2, 2, 1, 1],
  [2, 3, 5, 3, 2],
  [3, 4, 2, 5, 14],
  [1, 6, 7, 13, 6],
])
  for (const threads of [1, 2])
    test(`conv3x3 of ${images} maps ${height}×${width}, ${c} → ${n} channels, ${threads} threads`, async () => {
      const engine = await openTrainEngine(threads);
      const backend = trainBackend(engine);
      const size = { images, height, width };
      const [pixels, rows] = [images * height * width, images * (height + 2) * (width + 2)];
      const w = backend.reserveLinear(n, 9 * c);
      backend.planConv3x3(n, c);
      const gradients = backend.trainLinear(w);
      const [x, dy] = [backend.alloc(rows, c), backend.alloc(rows, n)];
      const [plain, out, dx] = [
        backend.alloc(pixels, Math.max(c, n)),
        backend.alloc(pixels, n),
        backend.alloc(pixels, c),
      ];
      backend.planWork(rows, { rows: 1, cols: 1 });
      backend.commit();
      await engine.dispatch.ready();
      const [xs, ws, ds] = [noise(pixels, c, 1), noise(n, 9 * c, 2), noise(pixels, n, 3)];
      backend.putRows(w, 0, flat(ws));
      backend.putVectors(w, null, null);
      const intoBorders = (to: typeof x, values: number[][]) => {
        const from = { ...plain, cols: values[0].length, stride: values[0].length };
        backend.write(from, flat(values));
        backend.write(to, new Float32Array(rows * to.cols).fill(9));
        for (let b = 0; b < images; b++) {
          backend.clearBorder(borderedAt(backend, to, size, b));
          backend.copyMap(borderedAt(backend, to, size, b), mapAt(backend, from, size, b));
        }
      };
      intoBorders(x, xs);
      intoBorders(dy, ds);
      const ofImages = (values: number[][], weights: number[][]) =>
        Array.from({ length: images }, (_, b) => {
          return convolve3x3(values.slice((b * pixels) / images, ((b + 1) * pixels) / images), weights, height, width);
        }).flat();
      backend.conv3x3(out, x, w, size);
      close(backend.readNow(out), ofImages(xs, ws), 'out');
      backend.write(dx, new Float32Array(pixels * c).fill(1));
      backend.clear(gradients.weight);
      backend.clear(gradients.shift);
      backend.conv3x3Backward(dx, dy, x, w, size);
      const ofX = finiteDifferences((values) => ofImages(values, ws), xs, ds, 1e-3);
      close(backend.readNow(dx), ofX.map((row) => row.map((v) => v + 1)), 'dx'); // biome-ignore format: one line
      const ofW = finiteDifferences((weights) => ofImages(xs, weights), ws, ds, 1e-3);
      close(backend.readNow(gradients.weight), ofW, 'dW');
      engine.dispatch.dispose();
    });

test('the gradient of the loss of maps is that of finite differences; ignored pixels have none', () => {
  const [from, classes] = [{ height: 3, width: 4 }, 3];
  const logits = flat(noise(2 * classes, 12, 5));
  const data = Array.from({ length: 2 * 5 * 6 }, (_, i) => (i % 7 === 0 ? 255 : i % classes));
  const labels = { data, images: 2, height: 5, width: 6, ignored: 255 };
  const { dLogits } = segmentationGradient(logits, classes, from, labels);
  for (let i = 0; i < logits.length; i += 5) {
    const lossAt = (delta: number) => {
      const moved = logits.slice();
      moved[i] += delta;
      return segmentationGradient(moved, classes, from, labels).loss;
    };
    const slope = (lossAt(2 ** -8) - lossAt(-(2 ** -8))) / 2 ** -7;
    assert.ok(Math.abs(slope - dLogits[i]) < 1e-5, `${i}: ${dLogits[i]}, expected ${slope}`);
  }
  const none = { ...labels, data: data.map(() => 255) };
  assert.ok(Number.isNaN(segmentationGradient(logits, classes, from, none).loss));
});

test.run();
