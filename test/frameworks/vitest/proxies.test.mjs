// Objects of the library inside the deep proxies that frameworks make of state.
import { readFileSync } from 'node:fs';
import { BeitForImageClassification, BeitImageProcessor, pipeline, Tensor, VisualTokenizer } from 'beit-wasm';
import { fineTune } from 'beit-wasm/train';
import { isObservable, observable } from 'mobx';
import { expect, test } from 'vitest';
import { isReactive, reactive, ref, shallowReactive } from 'vue';

const { MODEL } = process.env;
const scan = readFileSync(`${MODEL}/scans/0005-5.png`);
const STATES = {
  'reactive of Vue': (held) => reactive({ ...held }),
  'ref of Vue': (held) => ref({ ...held }).value,
  'shallowReactive of Vue': (held) => shallowReactive({ ...held }),
  // MobX would make an action of a pipeline, since it is a function
  'observable of MobX': (held) => observable({ ...held }, { classify: false }),
};

async function load() {
  return {
    model: await BeitForImageClassification.fromPretrained(MODEL),
    processor: await BeitImageProcessor.fromPretrained(MODEL),
    classify: await pipeline('image-classification', MODEL),
    options: { topK: 2 },
    picture: { data: new Uint8ClampedArray(64 * 4).fill(255), width: 8, height: 8 },
  };
}

for (const [name, proxied] of Object.entries(STATES)) {
  test(name, async () => {
    const state = proxied(await load());
    expect(await state.classify(scan, state.options)).toHaveLength(2);
    const { logits } = await state.model.forward(await state.processor.preprocess(scan));
    expect(logits.data.indexOf(Math.max(...logits.data))).toBe(5);
    expect(await state.classify(state.picture, state.options)).toHaveLength(2);
    state.model.dispose();
    state.classify.dispose();
  });
}

test('Vue takes the objects of the library as they are', async () => {
  const { model, processor, classify } = await load();
  const tokenizer = await VisualTokenizer.fromPretrained(`${MODEL}/../tokenizers/dvae`);
  for (const object of [model, processor, tokenizer]) expect(reactive(object)).toBe(object);
  expect(isReactive(reactive({ classify }).classify)).toBe(false);
  expect(isObservable(observable({ model }).model)).toBe(false);
  const tensor = new Tensor('float32', new Float32Array(2), [2]);
  expect([...reactive(tensor).data]).toEqual([0, 0]);
  expect(typeof fineTune).toBe('function');
});

test('a model in a worker takes options and pictures that are proxies', async () => {
  const classify = await pipeline('image-classification', MODEL, reactive({ worker: true }));
  const state = reactive({ options: { topK: 2 }, picture: (await load()).picture });
  expect(await classify(state.picture, state.options)).toHaveLength(2);
  expect(await classify([state.picture], state.options)).toHaveLength(1);
  classify.dispose();
});
