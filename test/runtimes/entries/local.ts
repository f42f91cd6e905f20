// Node, Deno and Bun: `beit-wasm` is what the runtime itself resolves from node_modules.
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import * as beit from 'beit-wasm';
import { smoke } from '../smoke.ts';

const report = await smoke({
  beit,
  source: (name) => `./fixtures/${name}`,
  read: async (name) => new Uint8Array(await readFile(`fixtures/${name}`)),
});
process.stdout.write(`${JSON.stringify(report)}\n`);
// no exit: whatever keeps this process alive from here on is a fault, and the test waits for its end
