import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutate, TARGETS } from './mutation.ts';

const test = suite('weights/mutation');
const RUNS = 1500;

for (const [name, target] of Object.entries(TARGETS)) {
  test(`${name}: ${RUNS} mutations end in a documented code or are read`, async () => {
    const { codes } = await mutate(target, RUNS, 7);
    const accepted = codes.get('accepted') ?? 0;
    assert.ok(accepted > 0 && accepted < RUNS / 2, [...codes].join(' '));
  });
}

test.run();
