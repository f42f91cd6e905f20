import { loadWeights } from '../../src/loading/loadWeights.ts';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { forward } from '../../src/model/beit/forward.ts';
import { classificationArchitecture as classification } from '../../src/model/beit/heads/classification.ts';
import { beitParams } from '../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../src/model/beit/params/parameters.ts';
import { beitState } from '../../src/model/beit/state.ts';
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import type { Recording } from './onnxFile.ts';
import type { View } from './recordedStore.ts';
import { RecordingBackend } from './recordingBackend.ts';

/** The network that `BeitForImageClassification` computes for one image of `size`, written down with its weights. */
export async function recordClassifier(
  files: ModelFiles,
  options: { readonly int8: boolean; readonly size?: number },
): Promise<Recording> {
  const config = BeitConfig.fromJSON(await readJson(files, 'config.json'));
  const size = options.size ?? config.nativeSize.height;
  const recorder = new RecordingBackend(options);
  const backend = recorder.asBackend();
  const parameters = new Parameters(backend, 'f32');
  const body = beitParams(parameters, config, classification.parts(config));
  const model = { body, head: classification.params(parameters, config) };
  await loadWeights(await openCheckpoint(files, {}), parameters, {});
  parameters.finish();
  const state = beitState(backend, body, { images: 1, height: size, width: size });
  const head = classification.state(backend, model, state);
  state.prepare();
  const input = { name: 'pixel_values', dims: [1, config.numChannels, size, size] };
  recorder.set(state.pixels as View, input.name);
  for (const _ of forward(backend, body, state, { masked: false, headMasked: false }));
  const { logits } = classification.finish(backend, model, state, head, false);
  const output = { name: 'logits', dims: logits!.dims };
  recorder.graph.name(recorder.get(logits!.tensor as View), output.name);
  return { graph: recorder.graph, input, output };
}

async function readJson(files: ModelFiles, name: string): Promise<unknown> {
  const source = (await files.open(name))!;
  return JSON.parse(new TextDecoder().decode(await source.read(0, source.size)));
}
