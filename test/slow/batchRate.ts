// node scripts/run.mjs test/slow/batchRate.ts [--pictures 24] [--rounds 3]: pictures a second of a batch on two workers over those
// on one, with BEIT-base in q8, in turns; and what a picture costs of the processors' time. Two cores that are free give 1.9 or more.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { servedModelFiles } from '../../bench/serve/models.ts';
import { runBatch } from '../../src/batch/runBatch.ts';

const { values } = parseArgs({ options: { pictures: { type: 'string' }, rounds: { type: 'string' } } });
const [count, rounds] = [Number(values.pictures ?? 24), Number(values.rounds ?? 3)];
const { folder, picture } = await servedModelFiles('base');
const root = mkdtempSync(join(tmpdir(), 'rate-'));
const input = join(root, 'in');
mkdirSync(input);
for (let i = 0; i < count; i++) writeFileSync(join(input, `${i}.png`), picture);

/** Seconds and seconds of the processors from the first pictures to the last: loading is left out. */
async function measure(workers: number, name: string): Promise<{ seconds: number; cpu: number; pictures: number }> {
  const marks: { at: number; cpu: number }[] = [];
  const onPicture = () => {
    const { user, system } = process.cpuUsage();
    marks.push({ at: performance.now() / 1000, cpu: (user + system) / 1e6 });
  };
  const output = join(root, name);
  await runBatch({ input, output, task: 'classify', model: folder, dtype: 'q8', workers, onPicture });
  const [first, last] = [marks[workers - 1], marks.at(-1)!];
  return { seconds: last.at - first.at, cpu: last.cpu - first.cpu, pictures: count - workers };
}

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
console.log(
  `two over one: ${(sums[2].rate / sums[1].rate).toFixed(2)} × as measured, ${((2 * sums[1].cpu) / sums[2].cpu).toFixed(2)} × by the processors' time`,
);
