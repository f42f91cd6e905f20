import xterm from '@xterm/headless';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { batchProgress, pictureCounter, progressOnTerminal, tellLine } from '../../../src/cli/progress.ts';

const test = suite('cli/progress');

/** What is written to stderr meanwhile. */
function written(isTTY: boolean, work: () => void, columns = 120): string {
  const { stderr } = process;
  const [write, before, wide] = [stderr.write, stderr.isTTY, stderr.columns];
  let text = '';
  Object.assign(stderr, { isTTY, columns, write: (chunk: string) => Boolean((text += chunk)) });
  try {
    work();
  } finally {
    Object.assign(stderr, { isTTY: before, columns: wide, write });
  }
  return text;
}

/** The lines that a terminal shows after `work`, without the empty ones at the end. */
async function screen(work: () => void, columns = 120): Promise<string[]> {
  written(true, () => tellLine('')); // ends what another test shows
  const terminal = new xterm.Terminal({ cols: columns, rows: 24, convertEol: true, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(written(true, work, columns), resolve));
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y)!.translateToString(true));
  return lines.join('\n').trimEnd().split('\n');
}

const at = (overall: number, total: number | null) => ({ shard: '00001', done: 1, failed: 2, overall, total });

test('a bar with rate and time left, which stays when all is done', async () => {
  const [bar, ...rest] = await screen(() => batchProgress()(at(6, 24)));
  assert.match(bar, /^█{6}░{18} 6 of 24 pictures, shard 00001, 2 failed, [\d.]+ a second, \d+ s left$/);
  assert.equal(rest, []);
  const lines = await screen(() => {
    const tell = batchProgress();
    tell(at(6, 24));
    tell(at(24, 24));
    tellLine('next');
  });
  assert.is(lines.length, 2);
  assert.match(lines[0], /^█{24} 24 of 24 pictures, .* 0 s left$/);
  assert.is(lines[1], 'next');
});

for (const columns of [120, 40, 30, 7]) {
  test(`loading leaves nothing on a terminal of ${columns} columns`, async () => {
    const lines = await screen(() => {
      tellLine('before');
      const tell = progressOnTerminal()!;
      for (const file of ['preprocessor_config.json', 'model.safetensors', 'x']) {
        for (const progress of [0, 7, 50, 100]) {
          tell({ status: 'progress', file, progress, loaded: progress * 1e6, total: 1e8 });
        }
        tell({ status: 'done', file });
      }
      tell({ status: 'ready' });
      tellLine('after');
    }, columns);
    assert.equal(lines, ['before', 'after']);
  });
}

test('the bar of a file', async () => {
  const event = { status: 'progress', file: 'model.safetensors', progress: 25, loaded: 5e6, total: 2e7 } as const;
  const lines = await screen(() => progressOnTerminal()!(event));
  assert.equal(lines, [`model.safetensors ${'█'.repeat(6)}${'░'.repeat(18)}  25 %, 5.0 of 20 MB`]);
});

test('an error takes the place of the bar, and the count goes on below it', async () => {
  const lines = await screen(() => {
    const count = pictureCounter(3)!;
    count();
    tellLine('beit: bad.jpg: Cannot decode the picture');
    count();
  }, 40);
  assert.is(lines[0], 'beit: bad.jpg: Cannot decode the picture');
  assert.match(lines.slice(1).join(''), /^2 of 3 pictures, [\d.]+ a second, 0 s left$/);
});

test('a count leaves nothing', async () => {
  const lines = await screen(() => {
    const count = pictureCounter(3)!;
    for (let i = 0; i < 3; i++) count();
  }, 20);
  assert.equal(lines, ['']);
});

test('a line in a log, and no time left while the total is unknown', () => {
  const text = written(false, () => {
    const tell = batchProgress();
    tell(at(1, null));
    tell(at(2, null));
  });
  assert.match(text, /^1 pictures, shard 00001, 2 failed, [\d.]+ a second\n$/);
});

test('nothing of loading and counting where stderr is not a terminal', () => {
  const text = written(false, () => {
    assert.is(progressOnTerminal(), undefined);
    assert.is(pictureCounter(3), undefined);
  });
  assert.is(text, '');
});

test.run();
