import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aspectSize } from '../../../../src/image/process/aspectSize.ts';
import type { AspectSize } from '../../../../src/image/process/readField.ts';

const test = suite('image/aspectSize');
const cases: [AspectSize, number[][]][] = JSON.parse(readFileSync('fixtures/image/aspect.json', 'utf8'));

for (const [size, found] of cases) {
  test(`as transformers: ${JSON.stringify(size)}`, () => {
    assert.ok(found.length > 60);
    for (const [width, height, ...expected] of found) {
      const computed = aspectSize(size, { width, height });
      // where transformers refuses a side of 0 pixels, so does whoever resizes
      const sides = Math.min(computed.width, computed.height) > 0 ? [computed.width, computed.height] : [0, 0];
      assert.equal(sides, expected, `${width} × ${height}`);
    }
  });
}

test.run();
