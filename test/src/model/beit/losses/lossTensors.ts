import * as assert from 'uvu/assert';
import { Tensor } from '../../../../../src/tensor.ts';

export function near(a: number, b: number, within = 1e-12): void {
  assert.ok(Math.abs(a - b) <= within, `${a} and ${b}`);
}

export function int64(...values: number[]): Tensor<'int64'> {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
}

export function floats(values: number[], dims = [values.length]): Tensor {
  return new Tensor('float32', Float32Array.from(values), dims);
}
