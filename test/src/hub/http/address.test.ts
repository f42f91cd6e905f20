import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fileUrl, revisionUrl } from '../../../../src/hub/http/address.ts';

const test = suite('hub/address');
const names = ['config.json', 'weights/part one/a+b&c=d?e#f.bin', '100%.json', 'モデル/é.bin', 'a%2Fb'];

test('folders stay folders, and no other character of a name or a revision means anything in the address', () => {
  for (const name of names) {
    for (const revision of ['main', 'refs/pr/1', 'v1.0+x?y#z']) {
      const url = new URL(fileUrl('https://hub.example/base', 'owner/model', revision, name));
      assert.equal([url.origin, url.search, url.hash], ['https://hub.example', '', '']);
      const [head, ...rest] = url.pathname.slice('/base/owner/model/resolve/'.length).split('/');
      assert.is(decodeURIComponent(head), revision);
      assert.is(rest.map(decodeURIComponent).join('/'), name);
      assert.is(rest.length, name.split('/').length);
    }
  }
});

test('a revision is one part of the address that the hub is asked about', () => {
  assert.is(revisionUrl('http://x', 'o/m', 'refs/pr/1'), 'http://x/api/models/o/m/revision/refs%2Fpr%2F1');
});

test.run();
