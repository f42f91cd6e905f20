import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCodebook } from '../../../src/loading/loadCodebook.ts';
import { safetensorsFile } from '../weights/safetensors/safetensorsFile.ts';

const test = suite('loading/loadCodebook');

test('the codebook beside a model', async () => {
  const { data, channels, size } = (await loadCodebook('fixtures/beit-digits-pt'))!;
  assert.equal([channels, size, data.length], [3, 4, 128 * 3 * 16]);
  assert.ok(data.some((x) => x !== 0) && data.every(Number.isFinite));
});

test('a model without one, and a file without the tensor', async () => {
  assert.is(await loadCodebook('fixtures/beit-digits'), null);
  assert.is(await loadCodebook({ 'codebook.safetensors': safetensorsFile({ other: [1] }) }), null);
});

test.run();
