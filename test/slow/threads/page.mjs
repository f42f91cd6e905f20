import * as beit from '/dist/index.web.js';
import { watched } from '../../runtimes/hosted/watched.mjs';
import { smoke } from './smoke.mjs';

const violations = [];
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective} ${blockedURI}`),
);

/** The smoke, and what the page saw meanwhile. */
globalThis.runSmoke = async (options) => {
  const { model, ...report } = await smoke(beit, options);
  model.dispose();
  return { ...report, violations };
};

/** Eight passes of a model as wide as BEiT-base in a worker, and as many on the page: what the page could do meanwhile. */
globalThis.runWide = async () => {
  const config = new beit.BeitConfig({ numHiddenLayers: 4, numLabels: 1000 });
  const pixelValues = new beit.Tensor('float32', new Float32Array(3 * 224 * 224).fill(0.1), [1, 3, 224, 224]);
  const found = [];
  for (const worker of [true, false]) {
    const model = await beit.BeitForImageClassification.fromConfig(config, { worker });
    await model.forward({ pixelValues });
    const { value: _, ...times } = await watched(async () => {
      for (let i = 0; i < 8; i++) await model.forward({ pixelValues });
    });
    model.dispose();
    found.push(times);
  }
  return found;
};

/** An abort in the middle of a large batch. */
globalThis.runAbort = async () => {
  const config = new beit.BeitConfig({ hiddenSize: 384, numHiddenLayers: 6, numAttentionHeads: 6, numLabels: 10 });
  const model = await beit.BeitForImageClassification.fromConfig(config);
  const pixelValues = new beit.Tensor('float32', new Float32Array(16 * 3 * 224 * 224), [16, 3, 224, 224]);
  const controller = new AbortController();
  const pass = model.forward({ pixelValues, signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  const code = await pass.then(
    () => 'finished',
    (error) => error.code,
  );
  model.dispose();
  const after = await model.forward({ pixelValues }).catch((error) => error.code);
  return { code, after };
};
globalThis.loaded = true;
