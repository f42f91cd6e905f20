// Outlier channels as large transformers have them: a few channels of every layer's input are far larger than the rest.
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { bytesSource } from '../../src/weights/bytes/byteSource.ts';

/** Channels of the residual width whose norms are scaled, and hidden units and values that are shifted. */
const CHANNELS = [7, 131, 250, 401, 588, 699];
const NORM_FACTOR = 12;
const SHIFT = 8;

interface Entry {
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** The same checkpoint with outliers planted in the inputs of every linear layer of every block. */
export async function withOutliers(files: ModelFiles): Promise<ModelFiles> {
  const source = (await files.open('model.safetensors'))!;
  const bytes = await source.read(0, source.size);
  const header = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const entries: Record<string, Entry> = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header)));
  for (const [name, { data_offsets: at }] of Object.entries(entries)) {
    const plant = planter(name);
    if (!plant) continue;
    const data = bytes.slice(8 + header + at[0], 8 + header + at[1]);
    const values = new Float32Array(data.buffer);
    for (const channel of CHANNELS) values[channel] = plant(values[channel]);
    bytes.set(data, 8 + header + at[0]);
  }
  return {
    open: async (name) => (name === 'model.safetensors' ? bytesSource(name, bytes) : files.open(name)),
  };
}

/** norm₁ feeds query, key and value, norm₂ fc1; fc1's bias feeds fc2 and the value's bias feeds proj. */
function planter(name: string): ((value: number) => number) | null {
  if (/layernorm_(before|after)\.weight$/.test(name)) return (value) => value * NORM_FACTOR;
  if (/(intermediate\.dense|attention\.value)\.bias$/.test(name)) return (value) => value + SHIFT;
  return null;
}
