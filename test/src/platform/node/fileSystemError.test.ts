import { readFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError } from '../../../../src/errors.ts';
import { errno, fileSystemError, ifThere, isDenied, onDisk } from '../../../../src/platform/node/fileSystemError.ts';
import { refused } from '../../refused.ts';

const test = suite('platform/node/fileSystemError');
const raw = (code: string) => Object.assign(new Error('raw'), { code });

test('names what the file system refuses', () => {
  for (const [code, words] of [
    ['ENOSPC', /^Cannot write x: no space left on the device \(ENOSPC\)$/],
    ['EROFS', /^Cannot write x: the file system is read-only \(EROFS\)$/],
    ['EACCES', /^Cannot write x: permission denied \(EACCES\)$/],
    ['EIO', /^Cannot write x: EIO$/],
  ] as const) {
    const cause = raw(code);
    const error = fileSystemError('write x', cause);
    assert.is(error.code, 'FileSystem');
    assert.match(error.message, words);
    assert.is(error.cause, cause);
  }
  assert.is(fileSystemError('write x', 'odd').message, 'Cannot write x: odd');
});

test('an error of this library stays what it is', async () => {
  const error = new BeitError('Aborted', 'enough');
  assert.is(fileSystemError('write x', error), error);
  assert.is(await refused(onDisk('write x', () => Promise.reject(error))), error);
});

test('what is not there is null, what is there and cannot be read is refused', async () => {
  assert.is(await ifThere('read it', () => readFile('no/such/file')), null);
  assert.is(await ifThere('read it', () => readFile('package.json/under')), null, 'a file where a folder would be');
  assert.ok(await ifThere('read it', () => readFile('package.json')));
  const error = await refused(
    ifThere('read .', () => readFile('.')),
    'FileSystem',
    /^Cannot read \.: EISDIR$/,
  );
  assert.is(errno(error.cause), 'EISDIR');
  assert.is(errno(undefined), undefined);
});

test('what was not allowed is told apart from what is not there', () => {
  const named = (name: string) => Object.assign(new Error('Requires read access'), { name });
  const coded = (code: string) => Object.assign(new Error(), { code });
  for (const denied of [named('NotCapable'), named('PermissionDenied'), coded('EACCES'), coded('EPERM')])
    assert.ok(isDenied(denied));
  for (const absent of [coded('ENOENT'), coded('ENOTDIR'), new TypeError('x'), undefined]) assert.not(isDenied(absent));
  assert.match(fileSystemError('look at x', named('NotCapable')).message, /Cannot look at x: Requires read access/);
});

test.run();
