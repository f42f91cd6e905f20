import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importersOf, longestFirst, testFiles } from '../../scripts/test_files.mjs';

const test = suite('scripts/test_files');

const FILES = ['test/src/image/resize.test.ts', 'test/core-as/rows.test.ts', 'test/docs.test.ts'];

test('files are chosen by any part of their path', () => {
  assert.equal(testFiles(['resize'], FILES), [FILES[0]]);
  assert.equal(testFiles(['core-as/', 'docs.test'], FILES), [FILES[1], FILES[2]]);
  assert.equal(testFiles([], FILES), FILES);
  assert.equal(testFiles(['no such part'], FILES), []);
});

test('without a list the tests of the repository are searched', () => {
  assert.equal(testFiles(['scripts/test_files']), ['test/scripts/test_files.test.ts']);
});

test('files that were not measured start first, then the longest', () => {
  assert.equal(longestFirst(FILES, { [FILES[0]]: 1, [FILES[2]]: 9 }), [FILES[1], FILES[2], FILES[0]]);
});

test('a change concerns the tests that import it, directly or not, also in a cycle', () => {
  const imports = (...paths: string[]) => ({ imports: paths.map((path) => ({ path })) });
  const inputs = {
    [FILES[0]]: imports('src/resize.ts', 'uvu'),
    [FILES[2]]: imports('uvu'),
    'src/resize.ts': imports('src/filter.ts'),
    'src/filter.ts': imports('src/resize.ts'),
  };
  assert.equal(importersOf(['src/filter.ts'], FILES, inputs), [FILES[0]]);
  assert.equal(importersOf([FILES[2]], FILES, inputs), [FILES[2]]);
  assert.equal(importersOf(['src/other.ts'], FILES, inputs), []);
});

test.run();
