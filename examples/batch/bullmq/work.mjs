// node work.mjs: takes parts from the queue, one after the other, until it gets SIGTERM; run as many as you have machines.
// A part is `beit batch --part i/n` in a process of its own. Its results appear whole or not at all, and what is done is skipped,
// so it does no harm when a part is given to two workers, or again after its worker died.
import { spawn } from 'node:child_process';
import { Worker } from 'bullmq';
import { connection, QUEUE } from './queue.mjs';

const [command, ...before] = (process.env.BEIT ?? 'npx beit-wasm').split(' ');
/** A worker that does not renew its lock in this time is taken for dead; unit: milliseconds. */
const lockDuration = Number(process.env.BEIT_LOCK_MS ?? 30_000);

/** Resolves with what `beit batch` printed; 1 tells that some pictures failed, and their rows say why. */
function run({ input, output, index, count, options }) {
  return new Promise((resolve, reject) => {
    const args = [...before, 'batch', input, output, '--part', `${index}/${count}`, ...options];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0 || code === 1) resolve(text.trim());
      else reject(new Error(`beit batch --part ${index}/${count} ended with ${code}`));
    });
  });
}

const worker = new Worker(QUEUE, (job) => run(job.data), {
  connection,
  lockDuration,
  stalledInterval: lockDuration,
  maxStalledCount: 100,
});
worker.on('failed', (job, error) => console.error(`part ${job?.data.index}: ${error.message}`));
worker.on('error', (error) => console.error(error.message)); // Redis is gone; it is asked again
process.once('SIGTERM', () => worker.close().then(() => process.exit(0)));
