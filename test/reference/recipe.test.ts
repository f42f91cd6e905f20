import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fillFromRecipe, recipeTensor } from './recipe.ts';

const SEED = 224;
const weights: Record<string, [number[], number]> = JSON.parse(readFileSync('fixtures/base224/weights.json', 'utf8'));

function sumOfBits(values: Float32Array): number {
  let sum = 0;
  for (const bits of new Uint32Array(values.buffer)) sum = (sum + bits) >>> 0;
  return sum;
}

const test = suite('reference/recipe');

test('makes all weights of BEiT-base as Python does, to the bit', () => {
  assert.is(Object.keys(weights).length, 223);
  for (const [name, [shape, sum]] of Object.entries(weights)) {
    assert.is(sumOfBits(recipeTensor(name, shape, SEED)), sum, name);
  }
});

test('a chunk is a part of the whole', () => {
  const name = 'beit.encoder.layer.3.output.dense.weight';
  const whole = recipeTensor(name, [8, 6], 1);
  assert.equal(fillFromRecipe(new Float32Array(12), name, [8, 6], 1, 18), whole.slice(18, 30));
});

test('seeds and names tell values apart', () => {
  const first = recipeTensor('classifier.weight', [4, 4], 1);
  assert.not.equal(recipeTensor('classifier.weight', [4, 4], 2), first);
  assert.not.equal(recipeTensor('lm_head.weight', [4, 4], 1), first);
});

test.run();
