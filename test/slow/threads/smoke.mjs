/** A small random model over odd sizes; three passes at once. The digest is that of all their bits. */
export async function smoke({ BeitConfig, BeitForImageClassification, Tensor, runtimeInfo }, options) {
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
  const model = await BeitForImageClassification.fromConfig(config, { seed: 3, ...options });
  const made = Math.round(performance.now() - begin);
  const passes = await Promise.all([1, 2, 3].map(() => model.forward({ pixelValues, outputHiddenStates: true })));
  const digests = await Promise.all(passes.map(({ logits, hiddenStates }) => digest([logits, ...hiddenStates])));
  const same = digests.every((hex) => hex === digests[0]);
  return { model, made, same, digest: digests[0], info: runtimeInfo(model) };
}

async function digest(tensors) {
  const bytes = await new Blob(tensors.map(({ data }) => data)).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
