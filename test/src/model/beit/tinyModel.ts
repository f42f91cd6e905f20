import type { Backend, Kinds } from '../../../../src/backend.ts';
import type { Architecture } from '../../../../src/model/beit/architecture.ts';
import { BeitConfig, type BeitConfigInit } from '../../../../src/model/beit/config/config.ts';
import { forward, type Pause } from '../../../../src/model/beit/forward.ts';
import { beitParams } from '../../../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../../../src/model/beit/params/parameters.ts';
import { beitState } from '../../../../src/model/beit/state.ts';
import { ReferenceBackend } from '../../../reference/backend.ts';
import { randomFloats } from '../../../reference/linear.ts';

/** A BEiT of 2 blocks on a 2×3 grid. */
export const TINY: BeitConfigInit = {
  hiddenSize: 8,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  intermediateSize: 12,
  imageSize: [4, 6],
  patchSize: 2,
  vocabSize: 5,
  numLabels: 3,
};

export interface TinyRun {
  readonly pauses: string[];
  /** By name: dims and values, in f64 from the plain loops of test/reference. */
  readonly outputs: Record<string, { dims: readonly number[]; data: number[] }>;
}

export interface TinyOptions {
  readonly init?: BeitConfigInit;
  readonly images?: number;
  /** Values to put instead of random ones, by slot. */
  readonly put?: Readonly<Record<string, number | readonly number[]>>;
  readonly masked?: readonly number[];
}

/** Runs a tiny model of `architecture` with seeded weights and pixels through the reference backend. */
export async function runTiny(architecture: Architecture<never, never>, options: TinyOptions = {}): Promise<TinyRun> {
  const anyKind = architecture as unknown as Architecture;
  const config = new BeitConfig({ ...TINY, ...options.init });
  const backend = new ReferenceBackend() as unknown as Backend<Kinds>;
  const parameters = new Parameters<Kinds>(backend, 'f32');
  const body = beitParams(parameters, config, anyKind.parts(config));
  const model = { body, head: anyKind.params(parameters, config) };
  for (const [i, [name, slot]] of [...parameters.slots].entries()) {
    const size = slot.shape.reduce((a, b) => a * b, 1);
    const values = randomFloats(size, i + 1);
    const fixed = options.put?.[name];
    if (typeof fixed === 'number') values.fill(fixed);
    else if (fixed) values.set(fixed);
    slot.put(values, 0);
  }
  parameters.finish();
  const { images = 1, masked } = options;
  const state = beitState(backend, body, { images, ...config.nativeSize });
  const head = anyKind.state(backend, model, state);
  backend.commit();
  state.prepare();
  backend.write(state.pixels, randomFloats(images * 72, 99));
  if (masked) backend.write(state.mask, new Float32Array(masked));
  const pauses: string[] = [];
  for (const pause of forward(backend, body, state, { masked: masked !== undefined, headMasked: false })) {
    pauses.push(nameOf(pause));
    if (pause.at === 'hiddenState') anyKind.collect?.(backend, pause.index, model, state, head);
  }
  const outputs: TinyRun['outputs'] = {};
  const heads = Object.entries(anyKind.finish(backend, model, state, head, false));
  const lists = heads.flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((output, i) => [`${name}.${i}`, output] as const) : [[name, value] as const],
  );
  for (const [name, { tensor, dims }] of lists) outputs[name] = { dims, data: [...(await backend.read(tensor))] };
  return { pauses, outputs };
}

function nameOf(pause: Pause<Kinds>): string {
  return `${pause.at} ${pause.index}`;
}
