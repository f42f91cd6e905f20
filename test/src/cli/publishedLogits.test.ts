import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PICTURES, PUBLISHED_LOGITS } from '../../../src/cli/publishedLogits.ts';
import { checkRepository } from '../../../src/hub/names.ts';

const test = suite('cli/publishedLogits');

test('every entry can be asked for and told apart from any other', () => {
  const seen = new Set<string>();
  for (const [name, { kind, picture, logits, best, tolerance }] of Object.entries(PUBLISHED_LOGITS)) {
    checkRepository(name);
    assert.is(logits.length, kind === 'classification' || kind === 'teacher' ? 1 : 3, name);
    assert.ok(
      logits.every((row) => row.length === 3 && row.every(Number.isFinite)),
      name,
    );
    assert.ok(picture in PICTURES, name);
    assert.ok(best === undefined || kind === 'classification', `${name}: a class, where there are classes`);
    // the classes of ImageNet-1k, or of ImageNet-22k where it was not fine-tuned further
    if (best !== undefined) assert.ok(best < (name.endsWith('pt22k-ft22k') ? 21_841 : 1000), name);
    assert.ok(tolerance > 0 && tolerance <= Math.max(1e-2, 2e-5 * Math.abs(logits[0][0])), name);
    seen.add(logits.flat().join());
  }
  assert.is(seen.size, Object.keys(PUBLISHED_LOGITS).length);
});

test.run();
