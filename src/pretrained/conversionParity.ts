import { type LoadOptions, loadModel } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { architectureOf } from '../model/beit/architectures.ts';
import { Random } from '../model/beit/random.ts';
import { Tensor } from '../tensor.ts';

/** How far an output of a converted model is from that of its source. */
export interface OutputParity {
  readonly output: string;
  /** Largest absolute difference, and largest absolute value of the source. */
  readonly difference: number;
  readonly largest: number;
}

/**
 * Runs a model and what it was converted to on the same random picture: the source in f32, the other as it was saved.
 *
 * @throws what `fromPretrained` throws
 */
export async function conversionParity(
  source: ModelSource,
  converted: ModelSource,
  options: LoadOptions = {},
): Promise<OutputParity[]> {
  const expected = await outputsOf(source, { ...options, dtype: 'f32' });
  const found = await outputsOf(converted, {});
  return Object.entries(expected).map(([output, { data }]) => {
    const other = found[output].data;
    const difference = data.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
    return { output, difference, largest: data.reduce((most, value) => Math.max(most, Math.abs(value)), 0) };
  });
}

async function outputsOf(source: ModelSource, options: LoadOptions): Promise<Record<string, Tensor>> {
  const { session, config } = await loadModel(source, architectureOf, options);
  try {
    const { height, width } = config.nativeSize;
    const dims = [1, config.numChannels, height, width];
    const random = new Random(0);
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal());
    const request = { pixelValues: new Tensor('float32', data, dims), hiddenStates: false, attentions: false };
    const { hiddenStates: _, attentions: _1, ...outputs } = await session.run(request);
    const named = Object.entries(outputs).flatMap(([name, value]): [string, Tensor][] => {
      const list = (Array.isArray(value) ? value : [value]) as (Tensor | undefined)[];
      return list.flatMap((tensor, i) => (tensor ? [[list.length > 1 ? `${name} ${i}` : name, tensor]] : []));
    });
    return Object.fromEntries(named);
  } finally {
    session.dispose();
  }
}
