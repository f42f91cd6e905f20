import type { AttentionShape } from '../../backend.ts';
import type { WasmKinds, WasmTensor } from '../../wasm/kinds.ts';
import { rowOps } from '../../wasm/rowOps.ts';
import type { DropoutKey, GradOps } from '../gradOps.ts';
import { runs, type TrainStore } from './trainStore.ts';

type AttentionOps = Pick<GradOps<WasmKinds>, 'attend' | 'attendBackward'>;

/** Attention and its gradients, computed again from queries, keys and values. */
export function attentionOps(store: TrainStore): AttentionOps {
  const { attention } = rowOps(store);
  return {
    attend(out: WasmTensor, qkv: WasmTensor, shape: AttentionShape<WasmKinds>, key: DropoutKey | null): void {
      if (!key) {
        attention(out, qkv, shape);
        return;
      }
      const { images, tokens, heads, grid, relativeBias } = shape;
      const units = store.training.attention_units(images, heads, tokens);
      const bias = [relativeBias?.at ?? 0, grid.height, grid.width];
      const args = [...runs(out), ...runs(qkv), tokens, heads, out.cols / heads, ...bias, key.rate, key.key0, key.key1];
      store.trainWithScratch('attention_dropout', units, args);
    },

    attendBackward(
      dqkv: WasmTensor,
      dOut: WasmTensor,
      qkv: WasmTensor,
      shape: AttentionShape<WasmKinds>,
      dTable: WasmTensor | null,
      key: DropoutKey | null,
    ): void {
      const { images, tokens, heads, grid, relativeBias } = shape;
      const { tables } = store.work;
      const bias = [relativeBias?.at ?? 0, grid.height, grid.width, dTable && relativeBias ? tables.at : 0];
      const dropped = key ? [key.rate, key.key0, key.key1] : [0, 0, 0];
      const sizes = [tokens, heads, dOut.cols / heads];
      const args = [...runs(dqkv), ...runs(qkv), ...runs(dOut), ...sizes, ...bias, ...dropped];
      store.trainWithScratch('attention_backward', images * heads, args);
      if (!dTable || !relativeBias) return;
      // the tables of all images, each a row
      const size = relativeBias.rows * relativeBias.cols;
      store.train('sum_rows', size, [dTable.at, tables.at, size, images, 0, 1]);
    },
  };
}
