import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkFileName, checkRepository, checkRevision, isCommit } from '../../../src/hub/names.ts';

const test = suite('hub/names');

test('takes the names real repositories use', () => {
  for (const name of [
    'config.json',
    'a/b/c.bin',
    '.gitattributes',
    'model-00001-of-00002.safetensors',
    'päth/文件.txt',
    'a (1).bin',
  ]) {
    checkFileName(name);
  }
  for (const id of [
    'gpt2',
    'microsoft/beit-base-patch16-224',
    'timm/beit_base_patch16_224.in22k_ft_in22k',
    '_x/y_',
    'a/B-1',
  ]) {
    checkRepository(id);
  }
  for (const revision of ['main', 'v1.0', 'refs/pr/1', 'a_b-c.d', '0123456789abcdef0123456789abcdef01234567']) {
    checkRevision(revision);
  }
});

test('refuses what is not even a string', () => {
  for (const odd of [null, undefined, 7, {}, []]) {
    for (const check of [checkFileName, checkRepository, checkRevision]) {
      assert.throws(
        () => check(odd as never),
        (error: { code: string }) => error.code === 'InvalidArgument',
      );
    }
  }
});

test('quotes what it refuses, shortened', () => {
  assert.throws(
    () => checkFileName(`..${'x'.repeat(500)}\n/`),
    (error: Error) => error.message.length < 250 && !error.message.includes('\n'),
  );
});

test('knows a whole commit from a short one', () => {
  assert.ok(isCommit('0123456789abcdef0123456789abcdef01234567'));
  assert.not.ok(isCommit('0123456'));
  assert.not.ok(isCommit('0123456789ABCDEF0123456789abcdef01234567'));
  assert.not.ok(isCommit('0123456789abcdef0123456789abcdef01234567\n'));
});

test.run();
