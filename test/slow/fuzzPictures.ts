// node scripts/run.mjs test/slow/fuzzPictures.ts [RUNS PER FORMAT] [SEED] [FORMAT…]
// Mutates pictures and decodes them: any error that is none of ours, any that takes more than two seconds or more memory
// than its size allows, fails with the shrunk bytes. Prints what came of them.
import { mutatePictures } from '../src/image/mutatedPictures.ts';

const [runs = '200000', seed = '1', ...wanted] = process.argv.slice(2);
for (const format of wanted.length > 0 ? wanted : ['jpeg', 'png', 'gif', 'bmp', 'tiff']) {
  const started = performance.now();
  const { codes, slowest, most } = await mutatePictures(format, Number(runs), Number(seed));
  const seconds = (performance.now() - started) / 1000;
  const shares = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
  const worst = `the slowest ${slowest.toFixed(0)} ms, the largest ${(most / 1e6).toFixed(1)} MB`;
  console.log(`${format}: ${runs} mutations, ${seconds.toFixed(1)} s, ${worst}`);
  console.log(`  ${shares.join(', ')}`);
}
