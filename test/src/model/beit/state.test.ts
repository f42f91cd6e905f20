import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../src/backend.ts';
import { BeitConfig } from '../../../../src/model/beit/config/config.ts';
import { beitParams } from '../../../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../../../src/model/beit/params/parameters.ts';
import { attentionShape, beitState } from '../../../../src/model/beit/state.ts';
import { ReferenceBackend } from '../../../reference/backend.ts';
import { TINY } from './tinyModel.ts';

const test = suite('model/beit/state');

function stateOf(init: object, input = { images: 2, height: 9, width: 5 }) {
  const written: number[] = [];
  const backend = new ReferenceBackend() as unknown as Backend<Kinds>;
  const { writeRelativeBias } = backend;
  backend.writeRelativeBias = (t, table, grid) => {
    written.push(table.length);
    writeRelativeBias.call(backend, t, table, grid);
  };
  const params = beitParams(new Parameters<Kinds>(backend, 'f32'), new BeitConfig({ ...TINY, ...init }), {
    pooler: true,
    finalNorm: true,
  });
  const state = beitState(backend, params, input);
  state.prepare();
  return { backend, params, state, written };
}

const sizeOf = (t: unknown) => {
  const { rows, cols } = t as { rows: number; cols: number };
  return [rows, cols];
};

test('buffers are those of the input, whole patches only', () => {
  const { state } = stateOf({});
  assert.equal([state.grid, state.tokens], [{ height: 4, width: 2 }, 9]);
  assert.equal(sizeOf(state.pixels), [2, 3 * 9 * 5]);
  assert.equal(sizeOf(state.patches), [16, 12]);
  assert.equal([state.x, state.qkv, state.h].map(sizeOf), [
    [18, 8],
    [18, 24],
    [18, 12],
  ]);
  assert.equal([state.maskToken, state.positions, ...state.relativeBias], [null, null, null, null]);
});

test('layers with tables of their own get one each, a shared one is written once', () => {
  const distances = 7 * 3 + 3;
  const own = stateOf({ useRelativePositionBias: true });
  assert.is.not(own.state.relativeBias[0], own.state.relativeBias[1]);
  assert.equal(own.written, [2 * distances, 2 * distances]);
  const shared = stateOf({ useSharedRelativePositionBias: true });
  assert.is(shared.state.relativeBias[0], shared.state.relativeBias[1]);
  assert.equal(shared.written, [2 * distances]);
  assert.equal(sizeOf(shared.state.relativeBias[0]), [2, distances]);
});

test('attention of a block sees its own row of the head mask', async () => {
  const { backend, params, state } = stateOf({});
  backend.write(state.headMask, new Float32Array([1, 2, 3, 4]));
  const { headMask, images, tokens, heads } = attentionShape(backend, params, state, 1, true);
  assert.equal([...(await backend.read(headMask))], [3, 4]);
  assert.equal([images, tokens, heads], [2, 9, 2]);
  assert.is(attentionShape(backend, params, state, 1, false).headMask, null);
});

test.run();
