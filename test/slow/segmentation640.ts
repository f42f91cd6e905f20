// node scripts/run.mjs test/slow/segmentation640.ts [SIDE…]: a BEiT-base ADE segmentation of random weights at each size (default
// 320 and 640): seconds, rate, memory planned and memory taken. The head's arithmetic is counted here, layer by layer.
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { BeitForSemanticSegmentation } from '../../src/pretrained/beitForSemanticSegmentation.ts';
import { Tensor } from '../../src/tensor.ts';
import { randomFloats } from '../reference/linear.ts';

const DIM = 768;
const LIMIT = 2.5e9;
const sides = process.argv.slice(2).map(Number);

/** Multiply-adds of a pass over h × h patches. */
function operations(h: number): number {
  const patches = h * h;
  const tokens = patches + 1;
  const block = 12 * tokens * DIM ** 2 + 2 * tokens ** 2 * DIM;
  const body = patches * 768 * DIM + 12 * block;
  const up = 4 * patches * DIM ** 2;
  const pyramid = up + 4 * up + up; // fpn1 twice, the second time on 4 times the pixels; fpn2
  const laterals = (16 + 4 + 1) * patches * DIM ** 2;
  const pools = (1 + 4 + 9 + 36) * DIM ** 2;
  const threes = 9 * (Math.floor(h / 2) ** 2 * 5 + (16 + 4 + 1) * patches + 16 * patches * 4) * DIM ** 2;
  return body + pyramid + laterals + pools + threes + 16 * patches * DIM * 150;
}

const config = new BeitConfig({
  imageSize: 640,
  useRelativePositionBias: true,
  numLabels: 150,
  outIndices: [3, 5, 7, 11],
});
const model = await BeitForSemanticSegmentation.fromConfig(config, { seed: 1 });
for (const side of sides.length ? sides : [320, 640]) {
  const pixelValues = new Tensor('float32', randomFloats(3 * side * side, 7), [1, 3, side, side]);
  const started = performance.now();
  const { logits } = await model.forward({ pixelValues });
  const seconds = (performance.now() - started) / 1000;
  const done = operations(side / 16);
  if (!logits.data.every(Number.isFinite)) throw new Error(`logits at ${side} are not finite`);
  const rate = (2 * done) / seconds / 1e9;
  console.log(
    `${side}×${side} → [${logits.dims}]: ${(done / 1e9).toFixed(0)} GMAC, ${seconds.toFixed(1)} s, ${rate.toFixed(1)} GFLOP/s; ` +
      `linear memory ${(model.memory / 1e6).toFixed(0)} MB, largest resident ${(process.resourceUsage().maxRSS / 1e3).toFixed(0)} MB`,
  );
}
if (process.resourceUsage().maxRSS * 1024 > LIMIT) {
  console.log(`more than ${LIMIT / 1e9} GB resident`);
  process.exitCode = 1;
}
