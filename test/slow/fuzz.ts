// node scripts/run.mjs test/slow/fuzz.ts [RUNS PER FORMAT] [SEED] [FORMAT…]
// Mutates files of every weights format and opens them: any error that is no documented one, and any mutation that costs
// more work than its bytes allow, fails with the shrunk bytes. Prints what came of them.
import { mutate, TARGETS } from '../src/weights/mutation.ts';

const [runs = '200000', seed = '1', ...wanted] = process.argv.slice(2);
for (const [name, target] of Object.entries(TARGETS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const { codes, hardest } = await mutate(target, Number(runs), Number(seed));
  const seconds = (performance.now() - started) / 1000;
  const shares = [...codes].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${name}: ${runs} mutations, ${seconds.toFixed(1)} s, the hardest ${hardest.toFixed(2)} of the work allowed, peak ${peak} MB`,
  );
  console.log(`  ${shares.join(', ')}`);
}
