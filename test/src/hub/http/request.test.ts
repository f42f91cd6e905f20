import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fileUrl } from '../../../../src/hub/http/address.ts';
import { request, shown, unlessAborted } from '../../../../src/hub/http/request.ts';
import { AttemptFailed } from '../../../../src/hub/http/retry.ts';
import { COMMIT, FILES, REPOSITORY } from '../../../hubServer/repository.ts';
import { refused } from '../../refused.ts';
import { type Play, playedHub } from '../playedHub.ts';

const test = suite('hub/request');
const MODEL = 'model.safetensors';
const again = (count: number) =>
  Array.from({ length: count }, () => ({ redirect: '{hub}/owner/model/resolve/main/config.json' }));
const hub = await playedHub({
  sound: {},
  ten: { get: again(10) },
  eleven: { get: again(11) },
  silent: { get: [{ silent: true }] },
});
test.after(() => hub.close());
const urlOf = ({ connection }: Play, name = MODEL) => fileUrl(connection.endpoint, REPOSITORY, 'main', name);

test('a HEAD ends where the hub has announced the content; a GET goes on to where the bytes are', async () => {
  const play = hub.play('sound');
  const head = await request(play.connection, 'HEAD', urlOf(play), {});
  assert.equal([head.response.status, head.crossOrigin, head.hidden], [302, false, false]);
  assert.is((await play.seen('cdn')).length, 0);
  const get = await request(play.connection, 'GET', urlOf(play), {});
  assert.equal(new Uint8Array(await get.response.arrayBuffer()), FILES[MODEL].bytes);
  assert.is(get.crossOrigin, true);
  for (const { announced } of [head, get]) {
    assert.is(announced.get('x-linked-etag'), `"${FILES[MODEL].etag}"`);
    assert.is(announced.get('x-repo-commit'), COMMIT);
  }
});

test('fields for home stay at home, the others go along', async () => {
  const play = hub.play('sound', { token: 'hf_secret' });
  const fields = { range: 'bytes=5-9' };
  const { response } = await request(play.connection, 'GET', urlOf(play), fields, {
    sameOrigin: { 'if-range': '"x"' },
  });
  assert.equal(new Uint8Array(await response.arrayBuffer()), FILES[MODEL].bytes.slice(5, 10));
  const [home, away] = await play.seen();
  assert.equal([home.authorization, home.ifRange, home.range], ['Bearer hf_secret', '"x"', 'bytes=5-9']);
  assert.equal([away.authorization, away.ifRange, away.range], [null, null, 'bytes=5-9']);
});

test('ten redirects are followed, eleven are not', async () => {
  const ten = hub.play('ten');
  assert.is((await request(ten.connection, 'GET', urlOf(ten, 'config.json'), {})).response.status, 200);
  const eleven = hub.play('eleven');
  await refused(request(eleven.connection, 'GET', urlOf(eleven), {}), 'Network', /more than 10 redirects/);
});

test('an answer that does not come in time may be tried again; an abort is final', async () => {
  const silent = hub.play('silent', { timing: { answer: 50 } });
  const late = await request(silent.connection, 'GET', `${urlOf(silent)}?secret`, {}).catch((error) => error);
  assert.instance(late, AttemptFailed);
  assert.match(late.error.message, /^Cannot fetch http.*model\.safetensors: no answer in time$/);
  const controller = new AbortController();
  const aborted = hub.play('silent', { signal: controller.signal });
  setTimeout(() => controller.abort('enough'), 20);
  assert.is((await refused(request(aborted.connection, 'GET', urlOf(aborted), {}), 'Aborted')).cause, 'enough');
});

test('closing ends the transfer, however often it is done', async () => {
  const play = hub.play('sound');
  const { response, close } = await request(play.connection, 'GET', urlOf(play, 'long.txt'), {});
  close();
  close();
  await response.arrayBuffer().then(
    () => assert.unreachable('the body came all the same'),
    (error) => assert.is(error.name, 'AbortError'),
  );
});

test('a promise is left as soon as the signal fires, one that settled before is not', async () => {
  assert.is(await unlessAborted(Promise.resolve(3), new AbortController().signal), 3);
  const never = new Promise<never>(() => {});
  const left = await unlessAborted(never, AbortSignal.abort()).catch((error) => error.message);
  assert.is(left, 'no answer in time');
});

test('an address is shown without what is secret in it', () => {
  assert.is(shown('https://cdn/a?Signature=s#t'), 'https://cdn/a');
  assert.is(shown('https://cdn/a\n?s'), 'https://cdn/a\n');
  assert.is(shown('https://cdn/a'), 'https://cdn/a');
});

test.run();
