// Node, Deno and Bun, bundled from the sources: what a thread that is ended in the middle of a pass does to the pass.
import process from 'node:process';
import { platform } from '#platform';
import { BeitConfig } from '../../../src/model/beit/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { Tensor } from '../../../src/tensor.ts';
import { CONFIG, killThreads } from './kill.mjs';

const threads = [];
const { start } = platform.threads;
platform.threads.start = (...args) => {
  threads.push(start(...args));
  return threads.at(-1);
};
const model = await BeitForImageClassification.fromConfig(new BeitConfig(CONFIG), { threads: 3 });
const found = await killThreads({ Tensor }, model, (round) => void threads.at(-1 - (round % 2)).terminate(), 6);
process.stdout.write(`${JSON.stringify(found)}\n`);
