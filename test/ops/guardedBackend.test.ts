import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { agreeOnCores } from './guardedBackend.ts';
import { filled, type Op } from './op.ts';

const test = suite('ops/guardedBackend');

/** Copies x to the rows of `out`, and to `also`. */
const copies =
  (also: 'nothing' | 'its input' | 'rows behind it'): Op =>
  (b) => {
    const [out, behind, x] = [b.alloc(3, 5), b.alloc(1, 5), filled(b, 3, 5, 1)];
    const run = () => {
      b.copy(out, x.t);
      if (also === 'its input') b.add(x.t, x.t);
      if (also === 'rows behind it') b.copy(behind, b.rows(x.t, 0, 1));
    };
    return { fill: x.fill, run, out };
  };

test('an op may write its output alone', async () => {
  await agreeOnCores(copies('nothing'), 0);
  for (const also of ['its input', 'rows behind it'] as const) {
    const error = await agreeOnCores(copies(also), 0).catch((thrown) => thrown);
    assert.match(String(error?.message), /a byte outside the output was written/, also);
  }
});

test('a read of memory that was never written is found', async () => {
  const reads: Op = (b) => {
    const [out, x] = [b.alloc(2, 3), b.alloc(2, 3)];
    return { fill: () => {}, run: () => b.copy(out, x), out };
  };
  const error = await agreeOnCores(reads, 0).catch((thrown) => thrown);
  assert.match(String(error?.message ?? error), /, not NaN, at 0/);
});

test.run();
