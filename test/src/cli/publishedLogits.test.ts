import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PUBLISHED_LOGITS } from '../../../src/cli/publishedLogits.ts';
import { checkRepository } from '../../../src/hub/names.ts';

const test = suite('cli/publishedLogits');

test('every entry can be asked for and told apart from any other', () => {
  const seen = new Set<string>();
  for (const [name, { kind, logits, best, tolerance }] of Object.entries(PUBLISHED_LOGITS)) {
    checkRepository(name);
    assert.is(logits.length, kind === 'masked' ? 3 : 1, name);
    assert.ok(
      logits.every((row) => row.length === 3 && row.every(Number.isFinite)),
      name,
    );
    assert.is(best === undefined, kind === 'masked', `${name}: a class, where there are classes`);
    // the classes of ImageNet-1k, or of ImageNet-22k where it was not fine-tuned further
    if (best !== undefined) assert.ok(best < (name.endsWith('pt22k-ft22k') ? 21_841 : 1000), name);
    assert.ok(tolerance > 0 && tolerance <= 1e-2, name);
    seen.add(logits.flat().join());
  }
  assert.is(seen.size, Object.keys(PUBLISHED_LOGITS).length);
});

test.run();
