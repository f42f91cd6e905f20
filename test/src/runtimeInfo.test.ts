import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitConfig } from '../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { runtimeInfo } from '../../src/runtimeInfo.ts';

const test = suite('runtimeInfo');

test('it says where it runs, and the hash is that of the core', () => {
  const info = runtimeInfo();
  assert.equal([info.runtime, info.runtimeVersion], ['node', process.versions.node]);
  assert.is(info.version, JSON.parse(readFileSync('package.json', 'utf8')).version);
  assert.is(info.simd === 'relaxed', info.simdReason === '');
  assert.ok(info.threads >= 1 && info.threads <= 8 && info.threadsReason !== '');
  assert.is(
    info.wasmSha256,
    createHash('sha256')
      .update(readFileSync(`dist/${info.wasm}`))
      .digest('hex'),
  );
  const cores = availableParallelism();
  if (cores > 1 && cores <= 8)
    assert.equal([info.threads, info.threadsReason], [cores, `the machine has ${cores} cores`]);
  assert.equal([info.memory, info.crossOriginIsolated, info.sharedMemory], [null, null, true]);
});

test('with a model it says what that model runs on', async () => {
  const config = new BeitConfig({ hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8 });
  using model = await BeitForImageClassification.fromConfig(config, { threads: 3, simd: 'strict' });
  const info = runtimeInfo(model);
  assert.equal([info.threads, info.simd, info.wasm], [3, 'strict', 'core.strict.threads.wasm']);
  assert.is(info.simdReason, "simd: 'strict' was asked for");
  assert.is(info.memory, model.memory);
});

test.run();
