// The same in every runtime: threads are ended in the middle of passes. `model` runs on some, `kill(round)` ends one of them.

/** A thread that serves on for so long was not ended; the longest seen is 2 s. Unit: ms. */
const PATIENCE = 60_000;

/**
 * For each round: the code and the message of the first rejection after a thread was told to end, the time since then or
 * since the last pass that was right all the same, in ms, the number of those passes, and whether the pass after it is right.
 * On a busy machine the leader may compute alone while the thread ends, and replaces it before it is missed: the code is
 * then 'replaced'. `started` counts the threads that were started so far.
 */
export async function killThreads({ Tensor }, model, { kill, started }, rounds) {
  const pixelValues = new Tensor('float32', new Float32Array(3 * 128 * 128).fill(0.5), [1, 3, 128, 128]);
  const digest = ({ logits }) => logits.data.join();
  const right = digest(await model.forward({ pixelValues }));
  const found = [];
  for (let round = 0; round < rounds; round++) {
    let pass = model.forward({ pixelValues });
    await new Promise((resolve) => setTimeout(resolve, 5 + round));
    const killed = performance.now();
    let since = killed;
    const before = started();
    kill(round);
    let [code, why, passes] = ['', '', 0];
    while (!code && performance.now() - killed < PATIENCE) {
      code = await pass.then(
        (output) => (digest(output) === right ? '' : 'wrong'),
        (error) => {
          why = error.message;
          return error.code;
        },
      );
      if (!code) {
        passes++;
        if (started() > before) code = 'replaced';
      }
      if (code) found.push({ code, why, ms: performance.now() - since, passes });
      else since = performance.now();
      pass = model.forward({ pixelValues });
    }
    if (!code) found.push({ code: 'never', why, ms: performance.now() - since, passes });
    const next = digest(await pass) === right;
    found.at(-1).next = next;
  }
  return found;
}

export const CONFIG = {
  hiddenSize: 192,
  numHiddenLayers: 24,
  numAttentionHeads: 3,
  intermediateSize: 768,
  imageSize: 128,
  numLabels: 10,
};
