// Node, Deno and Bun: `beit-wasm` is what the runtime itself resolves from node_modules.
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import * as beit from 'beit-wasm';
import * as train from 'beit-wasm/train';
import { ALL_NUMBERS } from '../numbersOfThreads.ts';
import { smoke } from '../smoke.ts';
import { trainingAlone } from '../training.ts';
import { webgpuSmoke } from '../webgpu.ts';

const [name, numbers] = process.argv.slice(2);
const suite = { smoke, webgpu: webgpuSmoke, training: trainingAlone }[name]!;
const report = await suite({
  beit,
  train,
  threads: numbers ? numbers.split(',').map(Number) : ALL_NUMBERS,
  source: (name) => `./fixtures/${name}`,
  read: async (name) => new Uint8Array(await readFile(`fixtures/${name}`)),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
// no exit: whatever keeps this process alive from here on is a fault, and the test waits for its end
