// node bench/lab/poolDecode.mjs PICTURE [ROUNDS]: a model with one and with two workers answers about eight copies of a picture that
// take far longer to decode than to classify. Wall time; the ratio tells whether pictures are decoded side by side.
import { readFileSync } from 'node:fs';
import { pipeline } from '../../dist/index.node.js';

const [picture, rounds = '3'] = process.argv.slice(2);
const bytes = readFileSync(picture);
const copies = Array.from({ length: 8 }, () => bytes.slice());

const pools = [];
for (const workers of [1, 2])
  pools.push(await pipeline('image-classification', 'fixtures/beit-digits', { workers, threads: 1 }));

const best = pools.map(() => Number.POSITIVE_INFINITY);
for (let round = 0; round <= Number(rounds); round++)
  for (const [i, classify] of pools.entries()) {
    const begun = performance.now();
    await Promise.all(copies.map((copy) => classify(copy.slice())));
    if (round > 0) best[i] = Math.min(best[i], performance.now() - begun);
  }
const [one, two] = best;
console.log(`one worker ${one.toFixed(0)} ms, two workers ${two.toFixed(0)} ms, ratio ${(two / one).toFixed(2)}`);
for (const classify of pools) classify.dispose();
