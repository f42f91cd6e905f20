// What integers in attention cost: node scripts/run.mjs bench/lab/attentionAccuracy.ts [strict|relaxed]
// Distance of the logits (and of the last hidden state) from f32, root mean square over that of f32 itself where it says
// relative, with the linear layers in q8 or q4 and attention in f32 or in integers: all held-out digits, and BEiT-base
// from the recipe, plain and with outlier channels planted.

import type { CoreVariant } from '../../src/device.ts';
import type { Dtype } from '../../src/dtype.ts';
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { baseModel } from '../models/baseModel.ts';
import { digits } from '../models/digits.ts';
import { withOutliers } from '../models/outliers.ts';
import { type Classify, openClassifier } from './session.ts';

const simd = (process.argv[2] ?? 'strict') as CoreVariant;
const BASE_IMAGES = 2;

const length = (values: Iterable<number>) => Math.sqrt([...values].reduce((sum, v) => sum + v * v, 0));
const less = (a: Float32Array, b: Float32Array) => Float32Array.from(a, (v, i) => v - b[i]);
const rms = (values: Float32Array) => length(values) / Math.sqrt(values.length);

async function compare(
  name: string,
  files: ModelFiles,
  pixels: Float32Array,
  images: number,
  labels?: readonly number[],
) {
  const expected = await answers(await openClassifier(files, { dtype: 'f32', simd }), pixels, images);
  console.log(
    `\n${name}\n\n| weights | attention | logits rms | mean cosine | last state, relative | right |\n|---|---|---|---|---|---|`,
  );
  for (const dtype of ['q8', 'q4'] as Dtype[]) {
    for (const quantized of [false, true]) {
      const got = await answers(await openClassifier(files, { dtype, simd, quantized }), pixels, images);
      const distance = rms(less(got.logits, expected.logits));
      const state = rms(less(got.state, expected.state)) / rms(expected.state);
      const right = labels ? labels.filter((label, i) => largest(got.logits, i, images) === label).length : '';
      const close = cosine(got.logits, expected.logits, images);
      const cells = [
        dtype,
        quantized ? 'integers' : 'f32',
        distance.toFixed(5),
        close.toFixed(6),
        state.toFixed(5),
        right,
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
}

async function answers(classify: Classify, pixels: Float32Array, images: number) {
  const { logits, state } = await classify(pixels, images, true);
  return { logits, state: state! };
}

function rowsOf(values: Float32Array, images: number): Float32Array[] {
  const width = values.length / images;
  return Array.from({ length: images }, (_, i) => values.subarray(i * width, (i + 1) * width));
}

function cosine(a: Float32Array, b: Float32Array, images: number): number {
  const others = rowsOf(b, images);
  const each = rowsOf(a, images).map((row, i) => {
    return row.reduce((sum, v, c) => sum + v * others[i][c], 0) / length(row) / length(others[i]);
  });
  return each.reduce((sum, v) => sum + v, 0) / images;
}

function largest(logits: Float32Array, image: number, images: number): number {
  const row = rowsOf(logits, images)[image];
  return row.indexOf(Math.max(...row));
}

const { files, pixels, labels } = await digits();
await compare(`beit-digits, ${labels.length} held-out scans`, files, pixels.data, labels.length, labels);
const pictures = Float32Array.from({ length: BASE_IMAGES * 3 * 224 ** 2 }, (_, i) => {
  return Math.sin(i / 97) * Math.cos(i / 7919) + ((i * 7919) % 255) / 510 - 0.25;
});
await compare('BEiT-base from the recipe', baseModel(), pictures, BASE_IMAGES);
await compare('BEiT-base from the recipe, outliers planted', await withOutliers(baseModel()), pictures, BASE_IMAGES);
