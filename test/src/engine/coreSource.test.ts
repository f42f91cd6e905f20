import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { platform } from '#platform';
import { corePlatform, decoderModule, givenCores, init } from '../../../src/engine/coreSource.ts';
import { openCore } from '../../../src/engine/openCore.ts';
import { BeitModel } from '../../../src/pretrained/beitModel.ts';
import { refused } from '../refused.ts';

const test = suite('engine/coreSource');
const bytes = new Uint8Array(readFileSync('dist/core.strict.wasm'));

test('what is no core is refused and changes nothing', async () => {
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  await refused(() => init({ bytes: empty }), 'UnsupportedFormat', /a module that exports \[\]/);
  await refused(() => init({ bytes: new Uint8Array([1, 2, 3]) }), 'UnsupportedFormat');
  await refused(() => init({} as never), 'InvalidArgument', /`module`, `bytes` or a `url`/);
  await refused(() => init({ bytes: 'core' } as never), 'InvalidArgument');
  await refused(() => init({ url: pathToFileURL('no/such.wasm') }), 'FileSystem');
  assert.is(givenCores().size, 0);
  assert.is(corePlatform(), platform);
});

test('a core tells itself which it is, and then only that one is used', async () => {
  await init({ bytes });
  assert.equal([...givenCores().keys()], ['core.strict.wasm']);
  assert.is(corePlatform().threads.start, null);
  using model = await BeitModel.fromPretrained('fixtures/beit-digits');
  assert.equal([model.engine.simd, model.engine.threads], ['strict', 1]);
  await refused(() => corePlatform().core('core.relaxed.wasm'), 'UnsupportedRuntime', /no core\.relaxed\.wasm/);
  const startThread = () => {
    throw new Error('a thread was started without a core for threads');
  };
  const info = (await openCore({ startThread })).info();
  assert.equal([info.simd, info.threads], ['strict', 1]);
  await init({ url: pathToFileURL('dist/core.strict.threads.wasm') });
  assert.equal([...givenCores().keys()], ['core.strict.wasm', 'core.strict.threads.wasm']);
});

test('decoders of pictures may be given alone, and leave the choice of a core as it is', async () => {
  await init({ url: pathToFileURL('dist/core.webp.wasm') });
  await init({ url: pathToFileURL('dist/core.picture.wasm') });
  assert.equal([...givenCores().keys()].slice(2), ['core.webp.wasm', 'core.picture.wasm']);
  for (const file of ['core.webp.wasm', 'core.picture.wasm'] as const) {
    assert.is(await decoderModule(file), givenCores().get(file));
  }
});

test.run();
