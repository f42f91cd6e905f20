import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitError, type ErrorCode } from '../../../../src/errors.ts';
import { connectionOf } from '../../../../src/hub/http/connection.ts';
import { absence, refusal } from '../../../../src/hub/http/refusal.ts';
import type { Answer } from '../../../../src/hub/http/request.ts';
import { AttemptFailed } from '../../../../src/hub/http/retry.ts';

const test = suite('hub/refusal');
const NOW = Date.parse('2026-11-23T12:00:00Z');
const URL = 'https://hub/o/m/resolve/main/config.json?Signature=secret';

interface Said {
  code?: string;
  message?: string;
  commit?: string;
  token?: string;
  crossOrigin?: boolean;
  retryAfter?: string;
}

function answerOf(status: number, { code, message, commit, crossOrigin = false, retryAfter }: Said = {}): Answer {
  const response = new Response(null, { status, headers: retryAfter ? { 'retry-after': retryAfter } : {} });
  const fields: [string, string | undefined][] = [
    ['x-error-code', code],
    ['x-error-message', message],
    ['x-repo-commit', commit],
  ];
  const announced = new Map(fields.filter((field): field is [string, string] => field[1] !== undefined));
  return { response, announced, crossOrigin, hidden: false, close: () => {} };
}

function refusalOf(status: number, said: Said = {}): Error {
  const connection = connectionOf({ token: said.token, timing: { now: () => NOW } });
  return refusal(connection, answerOf(status, said), URL, 'o/m@main');
}

test('the code of the hub decides before the status does', () => {
  const table: [status: number, said: Said, code: ErrorCode, message: RegExp][] = [
    [404, { code: 'RevisionNotFound', message: 'Invalid rev id' }, 'RevisionNotFound', /o\/m@main: Invalid rev id/],
    [403, { code: 'GatedRepo' }, 'GatedRepository', /o\/m@main: HTTP 403/],
    [401, { code: 'GatedRepo' }, 'GatedRepository', /HTTP 401/],
    [403, {}, 'GatedRepository', /HTTP 403/],
    [404, { code: 'RepoNotFound' }, 'RepositoryNotFound', /is private and no token was given/],
    [401, {}, 'RepositoryNotFound', /is private and no token was given/],
    [401, { token: 't' }, 'RepositoryNotFound', /or the token may not see it/],
    [
      401,
      { token: 't', message: 'Invalid credentials' },
      'GatedRepository',
      /the hub rejects the token \(Invalid cred/,
    ],
    [401, { message: 'Invalid credentials' }, 'RepositoryNotFound', /no token was given/],
    [418, {}, 'Network', /HTTP 418/],
  ];
  for (const [status, said, code, message] of table) {
    const error = refusalOf(status, said);
    assert.instance(error, BeitError);
    assert.is((error as BeitError).code, code, error.message);
    assert.match(error.message, message);
  }
});

test('a missing file names the commit that lacks it, where the hub does', () => {
  assert.equal(absence(answerOf(404, { code: 'EntryNotFound', commit: 'c0' })), { commit: 'c0' });
  assert.equal(absence(answerOf(404)), { commit: null });
  for (const code of ['RevisionNotFound', 'RepoNotFound', 'GatedRepo'])
    assert.is(absence(answerOf(404, { code })), null);
  for (const status of [200, 401, 403, 418, 503]) assert.is(absence(answerOf(status)), null, `${status}`);
  assert.is(absence(answerOf(404, { crossOrigin: true, code: 'EntryNotFound' })), null);
});

test('what passes may be tried again, when the server says; of another server even an expired address', () => {
  for (const status of [408, 429, 500, 502, 503, 599]) assert.instance(refusalOf(status), AttemptFailed, `${status}`);
  for (const status of [401, 403]) assert.instance(refusalOf(status, { crossOrigin: true }), AttemptFailed);
  assert.is((refusalOf(429, { retryAfter: '7' }) as AttemptFailed).retryAfter, 7000);
  assert.is((refusalOf(503, { retryAfter: 'Mon, 23 Nov 2026 12:01:00 GMT' }) as AttemptFailed).retryAfter, 60_000);
  assert.is((refusalOf(503) as AttemptFailed).retryAfter, null);
  assert.is((refusalOf(404, { crossOrigin: true, code: 'EntryNotFound' }) as BeitError).code, 'Network');
});

test('no signature gets into a message, and no page of text', () => {
  const long = refusalOf(404, { code: 'RevisionNotFound', message: 'x'.repeat(9000) });
  for (const error of [refusalOf(418), refusalOf(500), refusalOf(404, { crossOrigin: true }), long]) {
    assert.not.match(error.message, 'secret');
    assert.ok(error.message.length < 300, error.message);
  }
});

test.run();
