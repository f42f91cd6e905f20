// node bench/lab/revectorize.mjs [PASSES]: what `wideVectors: true` gives, V8's experimental vectors of 256 bits. BEiT-base 224 on one
// thread in Node 24, with and without: processor time of the best pass, ms, and whether the logits are the same. Needs
// `npm run build`, and the model that `npm run bench -- models` has made. V8's flags are passed on: --no-enable-avx-vnni.
import { execFileSync } from 'node:child_process';
import { RUNTIMES } from './runtimes.mjs';

const CASES = [
  { dtype: 'f32' },
  { dtype: 'f32', simd: 'relaxed' },
  { dtype: 'f32', arithmetic: 'fused' },
  { dtype: 'f16' },
  { dtype: 'q8' },
  { dtype: 'q8', simd: 'strict' },
  { dtype: 'q4' },
];

/** Runs in the child: every case once, as JSON. */
async function measureAll(passes, wideVectors) {
  const { BeitForImageClassification, Tensor } = await import('../../dist/index.node.js');
  const cpu = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e3;
  const pixels = new Float32Array(3 * 224 * 224).map((_, i) => Math.sin(i));
  const pixelValues = new Tensor('float32', pixels, [1, 3, 224, 224]);
  const results = [];
  for (const options of CASES) {
    const model = await BeitForImageClassification.fromPretrained('.cache/bench/beit-base', {
      ...options,
      wideVectors,
      threads: 1,
    });
    let [best, logits] = [Number.POSITIVE_INFINITY, []];
    for (let i = 0; i < passes; i++) {
      const begin = cpu();
      logits = [...(await model.forward({ pixelValues })).logits.data];
      best = Math.min(best, cpu() - begin);
    }
    model.dispose();
    results.push({ best, logits });
  }
  console.log(JSON.stringify(results));
}

if (process.argv[2] === '--child') await measureAll(Number(process.argv[3]), process.argv[4] === 'wide');
else {
  const [node] = RUNTIMES['Node 24'] ?? [process.execPath];
  const [without, with256] = ['narrow', 'wide'].map((width) => {
    const child = ['bench/lab/revectorize.mjs', '--child', process.argv[2] ?? '6', width];
    return JSON.parse(execFileSync(node, [...process.execArgv, ...child], { encoding: 'utf8', maxBuffer: 1 << 26 }));
  });
  console.log('| options | without | with | ratio | same logits |\n|---|---|---|---|---|');
  for (const [i, options] of CASES.entries()) {
    const [a, b] = [without[i], with256[i]];
    const same = a.logits.every((logit, j) => logit === b.logits[j]);
    const cells = [a.best.toFixed(0), b.best.toFixed(0), (a.best / b.best).toFixed(2), same ? 'yes' : 'NO'];
    console.log(`| ${JSON.stringify(options)} | ${cells.join(' | ')} |`);
  }
}
