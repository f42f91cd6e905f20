import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runStream } from '../../../src/batch/runStream.ts';

const test = suite('batch/runStream');
const PATH = 'fixtures/beit-digits/scans/0005-5.png';

test('a line in gives a line out, in the same order, also for what fails', async () => {
  const image = readFileSync(PATH).toString('base64');
  const lines = [
    { id: 'a', path: PATH },
    { id: 'b', image },
    { id: 'c', path: 'gone.png' },
    { id: 'd' },
    { path: PATH },
  ].map((line) => JSON.stringify(line));
  const input = Readable.from([`${lines.join('\n')}\n\nnonsense\n`]);
  const out: string[] = [];
  await runStream({ model: 'fixtures/beit-digits', task: 'classify', topK: 1, workers: 2 }, input, (line) =>
    out.push(line),
  );
  const found = out.map((line) => JSON.parse(line));
  assert.equal(
    found.map(({ id, guesses, error }) => [id, guesses?.[0].label ?? error.code]),
    [
      ['a', '5'],
      ['b', '5'],
      ['c', 'FileNotFound'],
      ['d', 'InvalidArgument'],
      ['4', '5'],
      ['5', 'InvalidArgument'],
    ],
  );
});

test.run();
