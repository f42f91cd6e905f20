// Node, Deno and Bun, bundled from the sources: what a thread that ends in the middle of a pass does to the pass. Arguments: ways.
import process from 'node:process';
import { platform } from '#platform';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { orderDeath } from './dying.mjs';
import { CONFIG, killThreads } from './kill.mjs';

const [rounds, ...ways] = process.argv.slice(2);
const threads = [];
const workers = new Map();
const { start } = platform.threads;
platform.threads.start = (...args) => {
  process.once('worker', (worker) => workers.set(thread, worker));
  const thread = start(...args);
  threads.push({ thread, control: args[0].control });
  return thread;
};

function endThread(way, round) {
  const { thread, control } = threads.at(-1 - (round % 2));
  const worker = workers.get(thread);
  if (way === 'terminate()') void worker.terminate();
  else if (way === 'terminate() by another handle') void Object.getPrototypeOf(worker).terminate.call(worker);
  else orderDeath(control, way);
}

const model = await BeitForImageClassification.fromConfig(new BeitConfig(CONFIG), { threads: 3 });
const found = {};
const started = () => threads.length;
for (const way of ways) {
  const how = { kill: (round) => endThread(way, round), started };
  found[way] = await killThreads({ Tensor }, model, how, Number(rounds));
}
process.stdout.write(`${JSON.stringify(found)}\n`);
