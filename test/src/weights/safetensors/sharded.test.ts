import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../../src/weights/bytes/byteSource.ts';
import { readShardIndex } from '../../../../src/weights/safetensors/sharded.ts';
import { refused } from '../../refused.ts';

const test = suite('weights/sharded');
const read = (text: string) => readShardIndex(bytesSource('index.json', new TextEncoder().encode(text)));
const index = (map: unknown) => read(JSON.stringify({ metadata: { total_size: 8 }, weight_map: map }));

test('gives each tensor its shard, under names that files really have', async () => {
  const map = {
    'blocks.0.attn.qkv.weight': 'model-00001-of-00002.safetensors',
    constructor: 'pytorch_model_v2.bin',
    b: `${'x'.repeat(196)}.bin`,
  };
  assert.equal(Object.fromEntries(await index(map)), map);
});

test('refuses every shard that is not plainly beside the index', async () => {
  const hostile =
    '../x /etc/passwd C:\\x C:x a/b a\\b .. . .hidden %2e%2e%2fx x..y http://host/x ~/x ａ -x ? file:x'.split(' ');
  for (const shard of [...hostile, '', 'a\u0000', 'a\n', 'a b', 'x'.repeat(201), 3, null, ['a'], { a: 'b' }])
    await refused(
      index({ good: 'a.bin', bad: shard }),
      'InvalidCheckpoint',
      /the shard of "bad" must be a plain file name/,
    );
});

test('refuses what is no index, and says what is wrong with it', async () => {
  for (const map of [{}, [], 'model.bin', null])
    await refused(index(map), 'InvalidCheckpoint', /it has no "weight_map"/);
  for (const text of ['[]', '3', '{}']) await refused(read(text), 'InvalidCheckpoint', /it has no "weight_map"/);
  for (const text of ['', '{', '{"weight_map":{"a":"b","a":"c"}}'])
    await refused(read(text), 'InvalidCheckpoint', /"index.json"/);
  const latin = Uint8Array.of(0x7b, 0x22, 0xe4, 0x22, 0x7d);
  await refused(readShardIndex(bytesSource('index.json', latin)), 'InvalidCheckpoint', /it is not UTF-8/);
});

test('an index that is too large is refused unread, and a long name is shown cut', async () => {
  const read = () => Promise.reject(new Error('it was read'));
  const source = { ...bytesSource('index.json', new Uint8Array(0)), size: 16_000_001, read };
  await refused(readShardIndex(source), 'InvalidCheckpoint', /an index of 16000001 bytes is too large/);
  const { message } = await refused(index({ ['t'.repeat(5000)]: `/${'s'.repeat(5000)}` }), 'InvalidCheckpoint');
  assert.ok(message.length < 400, `${message.length} characters`);
});

test.run();
