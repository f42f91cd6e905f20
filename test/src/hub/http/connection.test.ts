import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectionOf } from '../../../../src/hub/http/connection.ts';
import { DEFAULT_TIMING } from '../../../../src/hub/http/timing.ts';
import { refused } from '../../refused.ts';

const test = suite('hub/connection');

test('the endpoint is the hub unless another is given, without slashes at its end', () => {
  assert.is(connectionOf({}).endpoint, 'https://huggingface.co');
  assert.is(connectionOf({ endpoint: 'http://127.0.0.1:8080/mirror//' }).endpoint, 'http://127.0.0.1:8080/mirror');
});

test('an endpoint that is no plain address, and what could not be a header, are refused before any request', async () => {
  for (const endpoint of [
    '',
    'hub',
    'ftp://x',
    'file:///x',
    'https://me@x',
    'https://:secret@x',
    'https://x?a=1',
    'https://x#a',
  ])
    await refused(
      () => connectionOf({ endpoint }),
      'InvalidArgument',
      /Cannot use the endpoint .*no plain http\(s\) address/,
    );
  for (const token of ['', 'hf_a b', 'hf_é', 'hf_\r\nx: y', 'hf_\u0000', 'x'.repeat(4097)]) {
    const { message } = await refused(() => connectionOf({ token }), 'InvalidArgument', /Cannot use the token/);
    assert.not.ok(token && message.includes(token), 'the token is not shown');
  }
  assert.is(connectionOf({ token: 'x'.repeat(4096) }).token?.length, 4096);
});

test('times that are given replace their own defaults only', () => {
  const { timing } = connectionOf({ timing: { idle: 5 } });
  assert.equal(timing, { ...DEFAULT_TIMING, idle: 5 });
});

test("without a fetch of its own it takes the runtime's at the time of the call", async () => {
  const { fetch } = connectionOf({});
  const kept = globalThis.fetch;
  globalThis.fetch = async (url) => new Response(`asked for ${url}`);
  try {
    assert.is(await (await fetch('http://x/y', {})).text(), 'asked for http://x/y');
  } finally {
    globalThis.fetch = kept;
  }
});

test('what one connection learns of the runtime is its own', () => {
  const [a, b] = [connectionOf({}), connectionOf({})];
  a.browser.hidesRedirects = true;
  a.browser.listings.set('o/m@main', { commit: null, siblings: [] });
  assert.equal(b.browser, { hidesRedirects: false, listings: new Map() });
});

test.run();
