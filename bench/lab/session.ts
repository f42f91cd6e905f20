// A classifier on one thread of a core of dist/, with its dispatch and its attention open to the laboratory.
import { readFileSync } from 'node:fs';
import type { Backend, Kinds } from '../../src/backend.ts';
import type { CoreVariant } from '../../src/device.ts';
import type { Dtype } from '../../src/dtype.ts';
import { Session } from '../../src/engine/session.ts';
import { loadWeights } from '../../src/loading/loadWeights.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { classificationArchitecture } from '../../src/model/beit/heads/classification.ts';
import { beitParams } from '../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../src/model/beit/params/parameters.ts';
import { Tensor } from '../../src/tensor.ts';
import { wasmBackend } from '../../src/wasm/backend.ts';
import { instantiate } from '../../src/wasm/core.ts';
import { type Dispatch, singleThread } from '../../src/wasm/dispatch.ts';
import type { Kernels } from '../../src/wasm/kernels.ts';
import { chooseForm } from '../../src/wasm/lowering.ts';
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';

export interface SessionOptions {
  readonly dtype: Dtype;
  readonly simd: CoreVariant;
  readonly dispatch?: (kernels: Kernels) => Dispatch;
  /** Another machine than the core of that name on one thread. */
  readonly backend?: Backend<Kinds>;
  /** Whether attention goes through integers; what the dtype says unless given. */
  readonly quantized?: boolean;
}

/** pixels [images, 3, size, size] → logits [images, labels], and the last hidden state [images, T, dim] if asked for. */
export type Classify = (
  pixels: Float32Array,
  images: number,
  hiddenStates?: boolean,
) => Promise<{ readonly logits: Float32Array; readonly state?: Float32Array }>;

/** Loads a classifier; `size` is that of its pictures unless another is given. */
export async function openClassifier(files: ModelFiles, options: SessionOptions, size?: number): Promise<Classify> {
  const { dtype } = options;
  const source = (await files.open('config.json'))!;
  const config = BeitConfig.fromJSON(JSON.parse(new TextDecoder().decode(await source.read(0, source.size))));
  const architecture = classificationArchitecture;
  const backend = options.backend ?? coreBackend(options);
  const parameters = new Parameters<Kinds>(backend, dtype);
  const params = beitParams(parameters, config, architecture.parts(config));
  const body = { ...params, quantized: options.quantized ?? params.quantized };
  const model = { body, head: architecture.params(parameters, config) };
  const quiet = async () => {};
  const session = new Session(backend, architecture, model, { maxBatch: 8, yieldToEventLoop: quiet, ready: quiet });
  const { height, width } = config.nativeSize;
  const dims = [size ?? height, size ?? width];
  session.plan({ images: 1, height: dims[0], width: dims[1] });
  await loadWeights(await openCheckpoint(files), parameters, {});
  parameters.finish();
  return async (pixels, images, hiddenStates = false) => {
    const pixelValues = new Tensor('float32', pixels, [images, 3, ...dims]);
    const outputs = await session.run({ pixelValues, hiddenStates, attentions: false });
    return { logits: outputs.logits!.data, state: outputs.hiddenStates.at(-1)?.data };
  };
}

function coreBackend({ simd, dispatch = singleThread }: SessionOptions): Backend<Kinds> {
  const kernels = instantiate(new WebAssembly.Module(readFileSync(`dist/core.${simd}.wasm`)));
  chooseForm(kernels);
  return wasmBackend(kernels, kernels.memory, dispatch(kernels)) as unknown as Backend<Kinds>;
}
