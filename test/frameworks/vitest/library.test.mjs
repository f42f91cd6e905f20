import { readFileSync } from 'node:fs';
import { BeitError, pipeline } from 'beit-wasm';
import { expect, test } from 'vitest';

const { MODEL } = process.env;

test('a pipeline reads a digit', async () => {
  const classify = await pipeline('image-classification', MODEL, { threads: 2 });
  const [best] = await classify(readFileSync(`${MODEL}/scans/0005-5.png`));
  expect(best.label).toBe('5');
  expect(best.score).toBeCloseTo(0.9137, 4);
  classify.dispose();
});

test('failures have a class and a code', async () => {
  await expect(pipeline('image-classification', './nope')).rejects.toThrow(BeitError);
});
