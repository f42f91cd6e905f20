// node scripts/run.mjs bench/lab/busy.ts [PROGRAMS] [THREADS]: passes of the digits model while PROGRAMS other processes compute
// without an end (default: one for each core), on 1 thread and on THREADS (default 2), in turn. Build first.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { BeitForImageClassification, Tensor } from '../../src/index.ts';
import { spread } from '../contest/statistics.ts';

const PASSES = 40;
const ROUNDS = 7;

if (process.env.BUSY) for (;;);

const [programs = availableParallelism(), threads = 2] = process.argv.slice(2).map(Number);
const others = Array.from({ length: programs }, () => fork(process.argv[1], { env: { ...process.env, BUSY: '1' } }));
const pixelValues = new Tensor('float32', new Float32Array(3 * 32 * 32).fill(0.5), [1, 3, 32, 32]);
const models = new Map<number, BeitForImageClassification>();
for (const count of [1, threads])
  models.set(count, await BeitForImageClassification.fromPretrained('fixtures/beit-digits', { threads: count }));

const times = new Map<number, { ms: number; cpu: number }[]>([...models.keys()].map((count) => [count, []]));
for (let round = 0; round <= ROUNDS; round++)
  for (const [count, model] of models) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    for (let pass = 0; pass < PASSES; pass++) await model.forward({ pixelValues });
    const { user, system } = process.cpuUsage(cpu);
    // the first round also compiles
    if (round > 0)
      times.get(count)!.push({ ms: (performance.now() - start) / PASSES, cpu: (user + system) / 1000 / PASSES });
  }
for (const other of others) other.kill();

console.log(`${programs} other programs on ${availableParallelism()} processors`);
console.log('threads\tms a pass\tms of CPU a pass');
for (const [count, all] of times) {
  const [ms, cpu] = [spread(all.map((one) => one.ms)), spread(all.map((one) => one.cpu))];
  console.log(
    `${count}\t${ms.median.toFixed(1)} (${ms.low.toFixed(1)}–${ms.high.toFixed(1)})\t${cpu.median.toFixed(1)}`,
  );
}
process.exit(0);
