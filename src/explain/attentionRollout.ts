import { check, checkObject } from '../errors.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Whose attention is asked for: the class token's, or the mean over all patches, for models that pool by the mean. */
export type Query = 'class' | 'mean';

/** A patch grid. */
export interface PatchGrid {
  readonly height: number;
  readonly width: number;
}

/**
 * How much every patch reached the output, through all layers: the product over layers of ½·(mean over heads) + ½·I,
 * as in "Quantifying Attention Flow in Transformers" (arXiv 2005.00928), seen from the class token or from all patches.
 *
 * @param attentions one [B, heads, T, T] a layer, as `outputAttentions` gives them; T = 1 + height · width
 * @param grid height and width of the patch grid; unit: patches
 * @param query whose attention: `'class'` for the class token's, `'mean'` for the mean over all patches
 * @returns [B, height, width], each picture's shares of 1
 * @throws `InvalidArgument` when the attentions do not fit the grid
 * @example
 * const { attentions } = await model.forward({ pixelValues, outputAttentions: true });
 * const rollout = attentionRollout(attentions!, { height: 8, width: 8 }, 'mean');
 */
export function attentionRollout(attentions: readonly Tensor[], grid: PatchGrid, query: Query): Tensor {
  const [images, , tokens] = checkedDims(attentions, grid);
  const patches = tokens - 1;
  const out = new Float32Array(images * patches);
  for (let b = 0; b < images; b++) {
    let row = startingRow(tokens, query);
    // the row vector of the query goes through the layers from last to first
    for (const layer of [...attentions].reverse()) row = throughLayer(row, layer, b);
    out.set(shares(row.subarray(1)), b * patches);
  }
  return new Tensor('float32', out, [images, grid.height, grid.width]);
}

/**
 * One layer's attention from the class token, or the mean over all patches, to every patch, head by head.
 *
 * @param attention [B, heads, T, T] of one layer, as `outputAttentions` gives it; T = 1 + height · width
 * @param grid height and width of the patch grid; unit: patches
 * @param query whose attention: `'class'` for the class token's, `'mean'` for the mean over all patches
 * @returns [B, heads, height, width]
 * @throws `InvalidArgument` when the attention does not fit the grid
 * @example
 * const maps = attentionMaps(attentions!.at(-1)!, { height: 8, width: 8 }, 'class');
 */
export function attentionMaps(attention: Tensor, grid: PatchGrid, query: Query): Tensor {
  const [images, heads, tokens] = checkedDims([attention], grid);
  const patches = tokens - 1;
  const out = new Float32Array(images * heads * patches);
  const row = startingRow(tokens, query);
  for (let i = 0; i < images * heads; i++) {
    const map = new Float64Array(tokens);
    addRows(map, row, attention.data.subarray(i * tokens * tokens, (i + 1) * tokens * tokens), 1);
    out.set(map.subarray(1), i * patches);
  }
  return new Tensor('float32', out, [images, heads, grid.height, grid.width]);
}

function checkedDims(attentions: readonly Tensor[], grid: PatchGrid): readonly number[] {
  const what = 'Cannot follow attention';
  checkObject(what, grid);
  const some = Array.isArray(attentions) && attentions.length > 0;
  check(some, 'InvalidArgument', `${what}: expected one tensor a layer, got none`);
  const { height, width } = grid;
  const tokens = 1 + height * width;
  for (const attention of attentions) {
    checkTensor(what, attention, 'float32');
    const { dims } = attention;
    const fits = dims.length === 4 && dims[2] === tokens && dims[3] === tokens;
    check(fits, 'InvalidArgument', () => {
      return `${what}: expected [batch, heads, ${tokens}, ${tokens}] for a grid of ${height}×${width}, got [${dims}]`;
    });
  }
  return attentions[0].dims;
}

function startingRow(tokens: number, query: Query): Float64Array {
  const row = new Float64Array(tokens);
  if (query === 'class') row[0] = 1;
  else row.fill(1 / (tokens - 1), 1);
  return row;
}

/** row · (½·mean over heads + ½·I) */
function throughLayer(row: Float64Array, { data, dims }: Tensor, image: number): Float64Array {
  const [, heads, tokens] = dims;
  const out = row.map((x) => x / 2);
  for (let a = 0; a < heads; a++) {
    const begin = (image * heads + a) * tokens * tokens;
    addRows(out, row, data.subarray(begin, begin + tokens * tokens), 0.5 / heads);
  }
  return out;
}

/** out += weight · row · matrix */
function addRows(out: Float64Array, row: Float64Array, matrix: Float32Array, weight: number): void {
  for (let i = 0; i < row.length; i++) {
    const factor = weight * row[i];
    if (factor === 0) continue;
    for (let j = 0; j < out.length; j++) out[j] += factor * matrix[i * out.length + j];
  }
}

function shares(row: Float64Array): Float64Array {
  const sum = row.reduce((a, b) => a + b, 0) || 1;
  return row.map((x) => x / sum);
}
