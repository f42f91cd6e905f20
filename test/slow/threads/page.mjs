import * as beit from '/dist/index.web.js';
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

/** Passes of a model as wide as BEiT-base: the longest time that the page's own timers waited, and its long tasks. */
globalThis.runWide = async () => {
  const config = new beit.BeitConfig({ numHiddenLayers: 4, numLabels: 1000 });
  const model = await beit.BeitForImageClassification.fromConfig(config);
  const pixelValues = new beit.Tensor('float32', new Float32Array(3 * 224 * 224).fill(0.1), [1, 3, 224, 224]);
  await model.forward({ pixelValues });
  const tasks = [];
  const observed = PerformanceObserver.supportedEntryTypes.includes('longtask');
  if (observed) new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask' });
  let [running, gap, last] = [true, 0, performance.now()];
  const tick = () => {
    const now = performance.now();
    [gap, last] = [Math.max(gap, now - last), now];
    if (running) setTimeout(tick, 4);
  };
  tick();
  const begin = performance.now();
  for (let i = 0; i < 8; i++) await model.forward({ pixelValues });
  const pass = (performance.now() - begin) / 8;
  running = false;
  await new Promise((resolve) => setTimeout(resolve, 50));
  model.dispose();
  return { pass, gap, longTasks: observed ? tasks.map(({ duration }) => duration) : null };
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
