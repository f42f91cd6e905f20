import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nearestCodes } from '../../../../src/tokenizer/vqkd/nearestCodes.ts';

const test = suite('tokenizer/vqkd/nearestCodes');

test('the nearest row to the vector of length one, the first of equals; a vector of zeros takes the shortest row', () => {
  const codebook = Float32Array.of(1, 0, 0, 1, 0, 1, 0.5, 0);
  assert.equal([...nearestCodes(Float32Array.of(9, 1, 0.1, 3, 0, 0), codebook, 2)], [0, 1, 3]);
});

test.run();
