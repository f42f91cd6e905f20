// node produce.mjs INPUT OUTPUT PARTS [options of beit batch]: puts one job for each part into the queue.
// The id of a job tells its part, so that a part that waits already is not added twice.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Queue } from 'bullmq';
import { connection, QUEUE } from './queue.mjs';

const [input, output, parts, ...options] = process.argv.slice(2);
const count = Number(parts);
if (!output || !Number.isInteger(count) || count < 1) {
  console.error('usage: node produce.mjs INPUT OUTPUT PARTS [--task embed --model …]');
  process.exit(2);
}
const paths = { input: resolve(input), output: resolve(output) };
const batch = createHash('sha256')
  .update(JSON.stringify([paths, count, options]))
  .digest('hex')
  .slice(0, 12);
const queue = new Queue(QUEUE, { connection });
await queue.addBulk(
  Array.from({ length: count }, (_, index) => ({
    name: 'part',
    data: { ...paths, index, count, options },
    opts: { jobId: `${batch}-${index}`, attempts: 10, backoff: { type: 'exponential', delay: 500 } },
  })),
);
console.log(`${count} parts wait`);
await queue.close();
