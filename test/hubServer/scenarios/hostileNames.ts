import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { type Scenario, thrown } from '../scenario.ts';

/** Names that must be refused before anything is asked or written. */
const HOSTILE_NAMES = [
  '..',
  '../config.json',
  'a/../../b',
  '/etc/passwd',
  'C:\\x',
  'C:/x',
  'c:x',
  'a\\b',
  '..\\b',
  'a\0b',
  '%2e%2e/x',
  'a%2fb',
  'a//b',
  '',
  '.',
  'a/.',
  'a/',
  './a',
  '\\\\host\\share',
  'file:///etc/passwd',
  'a\nb',
  'NUL',
  'con.json',
  'x.',
  'x ',
  '~/x|y',
  'a?b',
  'a#b',
  '\u2024\u2024/x',
  'a\u202eb',
  'x'.repeat(300),
];
const HOSTILE_REPOSITORIES = [
  '',
  '/',
  '..',
  '../x',
  'a/b/c',
  'a/..',
  '.a/b',
  'a--b/c',
  'a/b.git',
  'a b',
  'a/b?c',
  'a\\b',
  'a/%2e',
  '/abs',
  'a/\0',
  'x'.repeat(97),
];
const HOSTILE_REVISIONS = ['', '..', '../x', 'a/../b', '/a', 'a//b', 'a\\b', 'a?b', 'a\0b', '%2e%2e', 'a:b'];

/** Whatever could lead out of the repository, the cache or the header it is put into. */
export const hostileNames: readonly Scenario[] = [
  {
    name: 'hostile file names',
    async run(t) {
      for (const name of HOSTILE_NAMES) {
        const error = await thrown(() => t.files().open(name));
        assert.is(error.code, 'InvalidArgument', name);
      }
      assert.is((await t.seen()).length, 0);
      assert.equal(readdirSync(t.cacheDir), []);
    },
  },
  {
    name: 'hostile repositories and revisions',
    async run(t) {
      for (const repository of HOSTILE_REPOSITORIES) {
        assert.is((await thrown(() => t.files({}, repository))).code, 'InvalidArgument', repository);
      }
      for (const revision of HOSTILE_REVISIONS) {
        assert.is((await thrown(() => t.files({ revision }))).code, 'InvalidArgument', revision);
      }
      for (const token of ['', 'a b', 'a\r\nx: y', 'é']) {
        assert.is((await thrown(() => t.files({ token }))).code, 'InvalidArgument', token);
      }
      for (const endpoint of ['', 'x', 'file:///x', 'ftp://x', 'http://u:p@x', 'http://x?y', 'javascript:1']) {
        assert.is((await thrown(() => t.files({ endpoint }))).code, 'InvalidArgument', endpoint);
      }
    },
  },
];
