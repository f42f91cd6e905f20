import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AttemptFailed } from '../../../src/hub/http/retry.ts';
import { listingOf } from '../../../src/hub/listing.ts';
import { COMMIT, FILES, REPOSITORY } from '../../hubServer/repository.ts';
import { refused } from '../refused.ts';
import { playedHub } from './playedHub.ts';

const test = suite('hub/listing');
const hub = await playedHub({
  sound: {},
  cut: { api: [{ text: '{"sha": "' }] },
  array: { api: [{ text: '[]' }] },
  text: { api: [{ text: '"sha"' }] },
  null: { api: [{ text: 'null' }] },
  odd: { api: [{ text: '{"sha": "../main", "siblings": {"rfilename": "a"}}' }] },
  gated: { api: [{ status: 403, headers: { 'x-error-code': 'GatedRepo' } }] },
  large: { api: [{ text: ' '.repeat(17 << 20) }] },
});
test.after(() => hub.close());

test('every file of a revision is listed by one request, and known by the commit too', async () => {
  const { connection, seen } = hub.play('sound', { token: 'hf_secret' });
  const listing = await listingOf(connection, REPOSITORY, 'refs/pr/1');
  assert.is(listing.commit, COMMIT);
  assert.equal(
    listing.siblings.map(({ rfilename, size }) => [rfilename, size]),
    Object.entries(FILES).map(([name, { bytes }]) => [name, bytes.length]),
  );
  assert.is(await listingOf(connection, REPOSITORY, 'refs/pr/1'), listing);
  assert.is(await listingOf(connection, REPOSITORY, COMMIT), listing);
  const [{ path, authorization }, ...more] = await seen();
  assert.equal(
    [path, authorization, more],
    [`api/models/${REPOSITORY}/revision/refs%2Fpr%2F1?blobs=true`, 'Bearer hf_secret', []],
  );
  await listingOf(connection, 'owner/other', 'refs/pr/1');
  assert.is((await seen()).length, 2, 'another repository is another listing');
});

test('an answer that is cut off may be asked for again; one of another kind is no listing', async () => {
  const of = (script: string) => listingOf(hub.play(script).connection, REPOSITORY, 'main');
  assert.instance(await of('cut').catch((error) => error), AttemptFailed);
  for (const script of ['text', 'null']) await refused(of(script), 'Network', /expected a listing of files/);
  await refused(of('gated'), 'GatedRepository');
  await refused(of('large'), 'Network', /listing/);
});

test('what is no commit and no list of files is not taken for one', async () => {
  for (const script of ['array', 'odd']) {
    const { connection } = hub.play(script);
    assert.equal(await listingOf(connection, REPOSITORY, 'main'), { commit: null, siblings: [] });
    assert.equal([...connection.browser.listings.keys()], [`${REPOSITORY}@main`]);
  }
});

test.run();
