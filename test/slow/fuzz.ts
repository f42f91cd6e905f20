// node scripts/run.mjs test/slow/fuzz.ts [RUNS PER FORMAT] [SEED] [FORMAT…]
// Mutates files of every weights format and opens them: any error that is no documented one, and any mutation that takes
// two seconds, fails with the shrunk bytes. Prints what came of them.
import { mutate, TARGETS } from '../src/weights/mutation.ts';

const [runs = '200000', seed = '1', ...wanted] = process.argv.slice(2);
for (const [name, target] of Object.entries(TARGETS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const { codes, slowest } = await mutate(target, Number(runs), Number(seed), 2);
  const seconds = (performance.now() - started) / 1000;
  const shares = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${name}: ${runs} mutations, ${seconds.toFixed(1)} s, slowest ${(slowest * 1000).toFixed(1)} ms, peak ${peak} MB`,
  );
  console.log(`  ${shares.join(', ')}`);
}
