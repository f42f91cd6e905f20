// What each page does with the library; the framework holds the models and shows the answer.
import { BeitForImageClassification, BeitImageProcessor, pipeline, runtimeInfo } from 'beit-wasm';

export async function load(folder) {
  return {
    classify: await pipeline('image-classification', folder, { threads: 2 }),
    model: await BeitForImageClassification.fromPretrained(folder, { threads: 2 }),
    processor: await BeitImageProcessor.fromPretrained(folder),
  };
}

/** `held` and `options` are whatever the framework made of them. */
export async function answer({ held, options, picture }) {
  const [best] = await held.classify(picture, options);
  const { logits } = await held.model.forward(await held.processor.preprocess(picture));
  const index = logits.data.indexOf(Math.max(...logits.data));
  return { label: best.label, same: index === best.index, threads: runtimeInfo(held.model).threads };
}

export async function scan(folder) {
  return new Uint8Array(await (await fetch(`${folder}scans/0005-5.png`)).arrayBuffer());
}
