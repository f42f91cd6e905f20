// Run by test/slow/threads.ts in every runtime, with the path of that runtime's bundle: prints one line of JSON.
// A process that does not end by itself has failed.
const [bundle, threads] = (globalThis.Deno?.args ?? process.argv.slice(2)).slice(-2);
const { BeitConfig, BeitForImageClassification, Tensor } = await import(bundle);

const config = new BeitConfig({
  hiddenSize: 60,
  numHiddenLayers: 3,
  numAttentionHeads: 5,
  intermediateSize: 148,
  imageSize: 52,
  patchSize: 4,
  useRelativePositionBias: true,
  numLabels: 7,
});
const data = Float32Array.from({ length: 3 * 37 * 61 }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
const pixelValues = new Tensor('float32', data, [1, 3, 37, 61]);

const begin = performance.now();
const model = await BeitForImageClassification.fromConfig(config, {
  seed: 3,
  threads: threads === 'auto' ? 'auto' : Number(threads),
});
const made = performance.now() - begin;
const passes = await Promise.all([1, 2, 3].map(() => model.forward({ pixelValues, outputHiddenStates: true })));
const bytes = passes.map(({ logits, hiddenStates }) =>
  [logits, ...hiddenStates].map((t) => [...new Uint32Array(t.data.buffer)]),
);
const same = bytes.every((b) => JSON.stringify(b) === JSON.stringify(bytes[0]));
const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(bytes[0])));
const hex = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('');
console.log(JSON.stringify({ same, digest: hex, engine: model.engine, made: Math.round(made) }));
// the model is not disposed of: parked workers must not keep the process alive
