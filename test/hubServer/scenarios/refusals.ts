import * as assert from 'uvu/assert';
import { sleep } from '../../../src/hub/http/timing.ts';
import { COMMIT, OTHER_COMMIT, WEIGHTS } from '../repository.ts';
import { type Scenario, thrown } from '../scenario.ts';

const MODEL = 'model.safetensors';
const CONFIG = 'config.json';

/** Rate limits, trouble, and everything the hub says no with. */
export const refusals: readonly Scenario[] = [
  {
    name: 'rate limit with seconds',
    head: [{ status: 429, headers: { 'retry-after': '7' } }],
    async run(t) {
      await t.arrives(CONFIG);
      assert.equal(t.delays, [7000]);
    },
  },
  {
    name: 'rate limit with a date',
    head: [{ status: 429, headers: { 'retry-after': 'Mon, 23 Nov 2026 12:00:09 GMT' } }],
    async run(t) {
      await t.arrives(CONFIG, { timing: { now: () => Date.parse('2026-11-23T12:00:00Z') } });
      assert.equal(t.delays, [9000]);
    },
  },
  {
    name: 'rate limit with a date long past',
    head: [{ status: 503, headers: { 'retry-after': 'Mon, 23 Nov 2020 12:00:00 GMT' } }],
    async run(t) {
      await t.arrives(CONFIG);
      assert.equal(t.delays, [0]);
    },
  },
  {
    name: 'rate limit with nonsense backs off by itself',
    head: [
      { status: 429, headers: { 'retry-after': 'soon' } },
      { status: 429, headers: { 'retry-after': '-5' } },
    ],
    async run(t) {
      await t.arrives(CONFIG);
      assert.is(t.delays[0], 500);
      assert.is(t.delays.length, 2);
    },
  },
  {
    name: 'rate limit beyond all patience',
    head: [{ status: 429, headers: { 'retry-after': '3600' } }],
    async run(t) {
      await t.fails(CONFIG, 'Network', /HTTP 429 .*wait 3600 s/);
      assert.equal(t.delays, []);
    },
  },
  {
    name: 'rate limit on the bytes',
    cdn: [{ status: 429, headers: { 'retry-after': '2' } }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(t.delays, [2000]);
    },
  },
  {
    name: 'request time-out',
    head: [{ status: 408 }],
    get: [{ status: 408 }],
    run: (t) => t.arrives(CONFIG),
  },
  {
    name: 'every kind of 5xx passes',
    head: [{ status: 500 }, { status: 502 }, { status: 504 }],
    get: [{ status: 503 }, { status: 520 }],
    async run(t) {
      await t.arrives(CONFIG);
      assert.equal(t.delays, [500, 1000, 2000, 500, 1000]);
    },
  },
  {
    name: '5xx for ever',
    head: [{ status: 503, always: true }],
    async run(t) {
      await t.fails(CONFIG, 'Network', /HTTP 503 \(gave up after 4 attempts\)/);
      assert.is((await t.seen('head')).length, 4);
    },
  },
  {
    name: 'back-off is bounded in time',
    head: [{ status: 503, always: true }],
    async run(t) {
      await t.fails(CONFIG, 'Network', /asked to wait/, { timing: { attempts: 99, totalDelay: 40_000 } });
      assert.equal(t.delays, [500, 1000, 2000, 4000, 8000, 16000]);
    },
  },
  {
    name: 'connection refused once',
    head: [{ refuse: true }],
    get: [{ refuse: true }],
    run: (t) => t.arrives(CONFIG),
  },
  {
    name: 'nobody listens',
    async run(t) {
      const error = await t.fails(CONFIG, 'Network', /127\.0\.0\.1:9\//, { endpoint: 'http://127.0.0.1:9' });
      assert.match(error.message, /is not in .* either/);
    },
  },
  {
    name: 'missing file is null and remembered',
    async run(t) {
      const files = t.files();
      assert.is(await files.open('nothing.bin'), null);
      assert.is(await files.open('nothing.bin'), null);
      assert.is((await t.seen()).length, 1);
      assert.is(await t.files({ localFilesOnly: true }).open('nothing.bin'), null);
    },
  },
  {
    name: 'missing file on a server without codes',
    head: [{ status: 404 }],
    async run(t) {
      assert.is(await t.fetch(CONFIG), null);
    },
  },
  {
    name: 'missing repository, signed in',
    head: [
      {
        status: 404,
        headers: { 'x-error-code': 'RepoNotFound', 'x-error-message': 'Repository not found' },
        always: true,
      },
    ],
    async run(t) {
      await t.fails(CONFIG, 'RepositoryNotFound', /owner\/model@main.*token may not see it.*Repository not found/, {
        token: 'hf_x',
      });
      assert.equal(t.delays, []);
    },
  },
  {
    name: 'missing repository looks private without access',
    head: [
      {
        status: 401,
        headers: { 'x-error-code': 'RepoNotFound', 'x-error-message': 'Repository not found' },
        always: true,
      },
    ],
    run: async (t) => void (await t.fails(CONFIG, 'RepositoryNotFound', /no token was given/)),
  },
  {
    name: 'unauthorised without a code',
    head: [{ status: 401, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'RepositoryNotFound', /HTTP 401/)),
  },
  {
    name: 'token refused',
    head: [
      { status: 401, headers: { 'x-error-message': 'Invalid credentials in Authorization header' }, always: true },
    ],
    async run(t) {
      const error = await t.fails(CONFIG, 'GatedRepository', /rejects the token/, { token: 'hf_very_secret' });
      assert.not.match(error.message, /very_secret/);
    },
  },
  {
    name: 'gated repository',
    head: [
      {
        status: 403,
        headers: { 'x-error-code': 'GatedRepo', 'x-error-message': 'Access to model is restricted' },
        always: true,
      },
    ],
    run: async (t) => void (await t.fails(CONFIG, 'GatedRepository', /restricted/)),
  },
  {
    name: 'gated repository, by 401',
    head: [{ status: 401, headers: { 'x-error-code': 'GatedRepo' }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'GatedRepository', /HTTP 401/)),
  },
  {
    name: 'forbidden without a code',
    head: [{ status: 403, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'GatedRepository', /HTTP 403/)),
  },
  {
    name: 'missing revision',
    head: [
      {
        status: 404,
        headers: { 'x-error-code': 'RevisionNotFound', 'x-error-message': 'Invalid rev id: nope' },
        always: true,
      },
    ],
    run: async (t) =>
      void (await t.fails(CONFIG, 'RevisionNotFound', /owner\/model@nope: Invalid rev id/, { revision: 'nope' })),
  },
  {
    name: 'teapot',
    head: [{ status: 418, always: true }],
    async run(t) {
      await t.fails(CONFIG, 'Network', /HTTP 418/);
      assert.is((await t.seen('head')).length, 1);
    },
  },
  {
    name: 'no commit: not a hub',
    head: [{ headers: { 'x-repo-commit': null }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'Network', /not from a hub/)),
  },
  {
    name: 'commit that is a path',
    head: [{ headers: { 'x-repo-commit': '../../../../etc' }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'Network', /not from a hub/)),
  },
  {
    name: 'no tag',
    head: [{ headers: { etag: null }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'IntegrityFailed', /announces no hash/)),
  },
  {
    name: 'tag that is a path',
    head: [{ headers: { etag: '"../../../x"' }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'IntegrityFailed', /announces no hash/)),
  },
  {
    name: 'size that is no number',
    head: [{ headers: { 'x-linked-size': '1e400' }, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /announced size is 1e400/)),
  },
  {
    name: 'size below zero',
    head: [{ headers: { 'x-linked-size': '-1' }, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /announced size is -1/)),
  },
  {
    name: 'size that is too small for the hash',
    head: [{ headers: { 'x-linked-size': '1000' }, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /sha256/)),
  },
  {
    name: 'size that is too large',
    head: [{ headers: { 'x-linked-size': '400001' }, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /400000 of 400001|HTTP 416|range|sha256/)),
  },
  {
    name: 'revision moves between two files: one commit for all',
    async run(t) {
      const files = t.files();
      await files.open(CONFIG);
      await files.open(MODEL);
      const heads = await t.seen('head');
      assert.equal(
        heads.map((seen) => seen.path.split('/')[3]),
        ['main', COMMIT],
      );
      assert.ok((await t.seen('get')).every((seen) => seen.path.includes(COMMIT)));
    },
  },
  {
    name: 'answer for another commit than asked for',
    head: [{ headers: { 'x-repo-commit': OTHER_COMMIT }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'Network', /answers for commit fedc/, { revision: COMMIT })),
  },
  {
    name: 'aborted before it starts',
    async run(t) {
      const error = await thrown(() => t.fetch(CONFIG, { signal: AbortSignal.abort('why') }));
      assert.is(error.code, 'Aborted');
      assert.is(error.cause, 'why');
      assert.is((await t.seen()).length, 0);
    },
  },
  {
    name: 'aborted while the server thinks',
    head: [{ silent: true }],
    async run(t) {
      const error = await thrown(() =>
        t.fetch(CONFIG, { signal: AbortSignal.timeout(80), timing: { answer: 60_000 } }),
      );
      assert.is(error.code, 'Aborted');
    },
  },
  {
    name: 'aborted midway, resumed later',
    cdn: [{ stallAt: 100_000 }],
    async run(t) {
      const signal = AbortSignal.timeout(200);
      assert.is((await thrown(() => t.fetch(MODEL, { signal, timing: { idle: 60_000 } }))).code, 'Aborted');
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), [null, 'bytes=100000-']);
    },
  },
  {
    name: 'aborted while waiting to try again',
    head: [{ status: 503, always: true }],
    async run(t) {
      const signal = AbortSignal.timeout(80);
      const error = await thrown(() => t.fetch(CONFIG, { signal, timing: { sleep, firstDelay: 60_000 } }));
      assert.is(error.code, 'Aborted');
    },
  },
  {
    name: 'a listener that throws stops the download',
    async run(t) {
      const onProgress = (event: { status: string }): void => {
        if (event.status === 'progress') throw new RangeError('enough');
      };
      const outcome = await t.fetch(MODEL, { onProgress }).then(
        () => null,
        (error) => error,
      );
      assert.instance(outcome, RangeError);
      await t.arrives(MODEL, {}, WEIGHTS);
    },
  },
];
