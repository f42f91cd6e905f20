import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EntryNotFound } from '../../../src/hub/http/refusal.ts';
import { contentHash, lookup } from '../../../src/hub/lookup.ts';
import { COMMIT, FILES, OTHER_COMMIT, REPOSITORY } from '../../hubServer/repository.ts';
import { refused } from '../refused.ts';
import { playedHub, remoteFile } from './playedHub.ts';

const test = suite('hub/lookup');
const hub = await playedHub({
  sound: {},
  busy: { head: [{ status: 503 }, { refuse: true }] },
  encoded: { head: [{ headers: { 'content-encoding': 'gzip' } }] },
});
test.after(() => hub.close());

test('a hash is 40 or 64 small digits, in a tag of any strength, and nothing else', () => {
  const [short, long] = ['0a'.repeat(20), 'f9'.repeat(32)];
  for (const hash of [short, long])
    for (const tag of [hash, `"${hash}"`, `W/"${hash}"`]) assert.is(contentHash(tag), hash, tag);
  for (const tag of [
    null,
    '',
    '""',
    short.slice(1),
    `${short}0`,
    short.toUpperCase(),
    `"${long}`.slice(0, 60),
    `../${short}`,
    `${short}\n`,
  ])
    assert.is(contentHash(tag), null, `${tag}`);
});

test('one HEAD says what a file is, whether its bytes lie here or elsewhere', async () => {
  for (const name of Object.keys(FILES)) {
    const { connection, seen } = hub.play('sound');
    assert.equal(await lookup(connection, REPOSITORY, 'main', name), remoteFile(name));
    assert.equal(
      (await seen()).map((one) => one.kind),
      ['head'],
    );
  }
});

test('it is asked again where that may help; a file that is missing names its commit', async () => {
  const busy = hub.play('busy');
  assert.equal(await lookup(busy.connection, REPOSITORY, 'main', 'config.json'), remoteFile('config.json'));
  assert.is((await busy.seen('head')).length, 3);
  const missing = await lookup(hub.play('sound').connection, REPOSITORY, 'main', 'no.json').catch((error) => error);
  assert.instance(missing, EntryNotFound);
  assert.is(missing.commit, COMMIT);
});

test('the length of a compressed answer is not that of the file; another commit than asked for is refused', async () => {
  const { size } = await lookup(hub.play('encoded').connection, REPOSITORY, 'main', 'config.json');
  assert.is(size, null);
  const { connection } = hub.play('sound');
  await refused(
    lookup(connection, REPOSITORY, OTHER_COMMIT, 'config.json'),
    'Network',
    new RegExp(`for commit ${COMMIT}`),
  );
});

test('a revision that is listed already costs no request, and its entries are believed no more than a header', async () => {
  const { connection, seen } = hub.play('sound');
  connection.browser.listings.set(`${REPOSITORY}@main`, {
    commit: COMMIT,
    siblings: [{ rfilename: 'c', size: 0, lfs: { sha256: '0'.repeat(64) } }],
  });
  assert.equal(await lookup(connection, REPOSITORY, 'main', 'c'), {
    name: 'c',
    commit: COMMIT,
    etag: '0'.repeat(64),
    size: 0,
  });
  assert.instance(await lookup(connection, REPOSITORY, 'main', 'd').catch((error) => error), EntryNotFound);
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
