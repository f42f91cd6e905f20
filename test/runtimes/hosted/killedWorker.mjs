// Node, Deno and Bun, bundled from the sources: what the passes of a model in two workers give when one of them ends, in the middle
// of a pass and while nothing runs. Arguments: rounds, threads.
import process from 'node:process';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { CONFIG } from './kill.mjs';
import { workers } from './recordedWorkers.mjs';

const [rounds, threads] = process.argv.slice(2).map(Number);
const PASSES = 6;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const model = await BeitForImageClassification.fromConfig(new BeitConfig(CONFIG), { workers: 2, threads });
const pixelValues = new Tensor('float32', new Float32Array(3 * 128 * 128).fill(0.5), [1, 3, 128, 128]);
const digest = ({ logits }) => logits.data.join();
const right = digest(await model.forward({ pixelValues }));

/** What each of some passes gave: `right`, `wrong`, or the code of its error. */
function passes() {
  const outcome = (output) => (digest(output) === right ? 'right' : 'wrong');
  const pass = () => model.forward({ pixelValues }).then(outcome, (error) => error.code ?? String(error));
  return Promise.all(Array.from({ length: PASSES }, pass));
}

/** Resolves when it has ended. */
function end(worker) {
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  void worker.terminate();
  return ended;
}

await passes();
const found = [];
for (let round = 0; round < rounds; round++) {
  const during = passes();
  await sleep(5 + round);
  const [inPass] = await Promise.all([during, end(workers[round % 2])]);
  const next = await passes();
  await end(workers[round % 2]);
  found.push({ inPass, next, whileIdle: await passes(), workers: workers.length });
}
process.stdout.write(`${JSON.stringify(found)}\n`);
model.dispose();
