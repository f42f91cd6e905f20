import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lookup } from '../../../src/hub/lookup.ts';
import { COMMIT, FILES, OTHER_COMMIT, REPOSITORY } from '../../hubServer/repository.ts';
import { refused } from '../refused.ts';
import { playedHub, remoteFile } from './playedHub.ts';

const test = suite('hub/lookup');
const hub = await playedHub({
  sound: {},
  busy: { head: [{ status: 503 }, { refuse: true }] },
  down: { head: [{ status: 418, always: true }] },
  gated: { head: [{ status: 403, headers: { 'x-error-code': 'GatedRepo' } }] },
  missing: { head: [{ status: 404, headers: { 'x-error-code': 'RepoNotFound' } }] },
  norev: { head: [{ status: 404, headers: { 'x-error-code': 'RevisionNotFound' } }] },
  encoded: { head: [{ headers: { 'content-encoding': 'gzip' } }] },
});
test.after(() => hub.close());

test('one HEAD says what a file is, whether its bytes are on this origin or another', async () => {
  for (const name of Object.keys(FILES)) {
    const { connection, seen } = hub.play('sound');
    assert.equal(await lookup(connection, REPOSITORY, 'main', name), { is: 'found', file: remoteFile(name) });
    assert.equal(
      (await seen()).map((one) => one.kind),
      ['head'],
    );
  }
});

test('it is asked again where that may help; a file that is missing names its commit', async () => {
  const busy = hub.play('busy');
  const found = await lookup(busy.connection, REPOSITORY, 'main', 'config.json');
  assert.equal(found, { is: 'found', file: remoteFile('config.json') });
  assert.is((await busy.seen('head')).length, 3);
  const missing = await lookup(hub.play('sound').connection, REPOSITORY, 'main', 'no.json');
  assert.equal(missing, { is: 'absent', commit: COMMIT });
});

test('a hub that cannot be reached, or denies access, is an answer; another failure is thrown', async () => {
  const answers = { down: 'Network', gated: 'GatedRepository', missing: 'RepositoryNotFound' };
  for (const [script, code] of Object.entries(answers)) {
    const answer = await lookup(hub.play(script).connection, REPOSITORY, 'main', 'config.json');
    assert.is(answer.is, 'unavailable');
    assert.is(answer.is === 'unavailable' && answer.error.code, code);
  }
  await refused(lookup(hub.play('norev').connection, REPOSITORY, 'main', 'config.json'), 'RevisionNotFound');
});

test('the length of a compressed answer is not that of the file; another commit than asked for is refused', async () => {
  const encoded = await lookup(hub.play('encoded').connection, REPOSITORY, 'main', 'config.json');
  assert.is(encoded.is === 'found' && encoded.file.size, null);
  const other = await lookup(hub.play('sound').connection, REPOSITORY, OTHER_COMMIT, 'config.json');
  assert.match(other.is === 'unavailable' ? other.error.message : '', `for commit ${COMMIT}`);
});

test('a revision that is listed already costs no request, and its entries are believed no more than a header', async () => {
  const { connection, seen } = hub.play('sound');
  connection.browser.listings.set(`${REPOSITORY}@main`, {
    commit: COMMIT,
    siblings: [{ rfilename: 'c', size: 0, lfs: { sha256: '0'.repeat(64) } }],
  });
  assert.equal(await lookup(connection, REPOSITORY, 'main', 'c'), {
    is: 'found',
    file: { name: 'c', commit: COMMIT, etag: '0'.repeat(64), size: 0 },
  });
  assert.equal(await lookup(connection, REPOSITORY, 'main', 'd'), { is: 'absent', commit: COMMIT });
  const lies = [{ size: 3 }, { blobId: 7 }, { blobId: '../x' }, { lfs: { sha256: 'x' } }];
  for (const lie of lies) {
    connection.browser.listings.set(`${REPOSITORY}@x`, { commit: COMMIT, siblings: [{ rfilename: 'a', ...lie }] });
    await refused(lookup(connection, REPOSITORY, 'x', 'a'), 'IntegrityFailed', /announces no hash/);
  }
  connection.browser.listings.set(`${REPOSITORY}@x`, {
    commit: COMMIT,
    siblings: [{ rfilename: 'a', blobId: '0'.repeat(40), size: -1 }],
  });
  await refused(lookup(connection, REPOSITORY, 'x', 'a'), 'IntegrityFailed', /announced size is -1/);
  assert.equal(await seen(), []);
});

test.run();
