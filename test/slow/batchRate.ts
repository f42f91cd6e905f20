// node scripts/run.mjs test/slow/batchRate.ts [--pictures 24] [--rounds 3]: pictures a second of a batch on two workers over those
// on one, with BEIT-base in q8, in turns; and what a picture costs of the processors' time. It fails unless two give 1.9 times
// as many: by the clock, or by the processors' time where other programs took some of it meanwhile.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { busyTime } from '../../bench/serve/busyTime.ts';
import { servedModelFiles } from '../../bench/serve/models.ts';
import { runBatch } from '../../src/batch/runBatch.ts';

const { values } = parseArgs({ options: { pictures: { type: 'string' }, rounds: { type: 'string' } } });
const [count, rounds] = [Number(values.pictures ?? 24), Number(values.rounds ?? 3)];
const LEAST_GAIN = 1.9;
/** Of all processors that other programs may take for the clock to tell of the batch alone. */
const MOST_OTHERS = 0.03;

const { folder, picture } = await servedModelFiles('base');
const root = mkdtempSync(join(tmpdir(), 'rate-'));
const input = join(root, 'in');
mkdirSync(input);
for (let i = 0; i < count; i++) writeFileSync(join(input, `${i}.png`), picture);

/** Seconds and seconds of the processors from the first pictures to the last: loading is left out. */
async function measure(workers: number, name: string): Promise<{ seconds: number; cpu: number; pictures: number }> {
  const marks: { at: number; cpu: number }[] = [];
  const onPicture = () => {
    marks.push({ at: performance.now() / 1000, cpu: own() });
  };
  const output = join(root, name);
  await runBatch({ input, output, task: 'classify', model: folder, dtype: 'q8', workers, onPicture });
  const [first, last] = [marks[workers - 1], marks.at(-1)!];
  return { seconds: last.at - first.at, cpu: last.cpu - first.cpu, pictures: count - workers };
}

/** Of this process, in seconds. */
const own = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const [startedAt, allBefore, ownBefore] = [performance.now(), busyTime(), own()];
const sums = { 1: { rate: 0, cpu: 0 }, 2: { rate: 0, cpu: 0 } };
try {
  for (let round = 0; round < rounds; round++) {
    for (const workers of [1, 2] as const) {
      const { seconds, cpu, pictures } = await measure(workers, `${round}-${workers}`);
      sums[workers].rate += pictures / seconds / rounds;
      sums[workers].cpu += cpu / pictures / rounds;
    }
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
for (const workers of [1, 2] as const) {
  const { rate, cpu } = sums[workers];
  console.log(
    `${workers} workers: ${rate.toFixed(2)} pictures/s, ${(1000 * cpu).toFixed(0)} ms of the processors a picture`,
  );
}
const [byClock, byProcessors] = [sums[2].rate / sums[1].rate, (2 * sums[1].cpu) / sums[2].cpu];
const elapsed = ((performance.now() - startedAt) / 1000) * availableParallelism();
const others = allBefore === null ? 0 : (busyTime()! - allBefore - (own() - ownBefore)) / elapsed;
const busy = others > MOST_OTHERS;
const holds = (busy ? byProcessors : byClock) >= LEAST_GAIN;
console.log(
  `${holds ? 'ok  ' : 'FAIL'} two over one: ${byClock.toFixed(2)} × by the clock, ${byProcessors.toFixed(2)} × by the processors' time`,
);
console.log(
  `     other programs took ${(100 * others).toFixed(0)} % of the processors, load ${loadavg()[0].toFixed(1)}: judged by ${busy ? "the processors' time" : 'the clock'}`,
);
process.exitCode = holds ? 0 : 1;
