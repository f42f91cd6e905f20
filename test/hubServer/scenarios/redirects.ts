import * as assert from 'uvu/assert';
import type { Fetch } from '../../../src/hub/http/connection.ts';
import { FILES, noise, served, WEIGHTS } from '../repository.ts';
import { readAll, type Scenario, thrown } from '../scenario.ts';

const MODEL = 'model.safetensors';
const CONFIG = 'config.json';
const TOKEN = 'hf_secret';
const BIG = served(noise(5_000_000, 9), true);

/** A runtime that hides redirects, as browsers do: what is followed by hand comes back opaque. */
const hiding: Fetch = async (url, init) => {
  const response = await fetch(url, init);
  if (init.redirect !== 'manual' || response.status < 300 || response.status > 399) return response;
  return {
    type: 'opaqueredirect',
    status: 0,
    ok: false,
    headers: new Headers(),
    body: null,
    url: '',
  } as unknown as Response;
};

/** Redirects, who sees the token, and runtimes that show less. */
export const redirects: readonly Scenario[] = [
  {
    name: 'token goes to the hub and never to the other origin',
    async run(t) {
      await t.arrives(MODEL, { token: TOKEN });
      const seen = await t.seen();
      assert.equal(
        seen.map((s) => s.authorization),
        [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`, null],
      );
    },
  },
  {
    name: 'token stays with redirects inside the hub',
    head: [{ redirect: '{hub}/owner/model/resolve/main/config.json', status: 307 }],
    async run(t) {
      await t.arrives(CONFIG, { token: TOKEN });
      assert.ok((await t.seen()).every((s) => s.authorization === `Bearer ${TOKEN}`));
    },
  },
  {
    name: 'token does not come back once it left',
    get: [{ redirect: '{cdn}/away' }],
    cdn: [{ redirect: '{hub}/owner/model/resolve/main/config.json' }],
    async run(t) {
      await t.arrives(CONFIG, { token: TOKEN });
      assert.equal(
        (await t.seen()).slice(1).map((s) => s.authorization),
        [`Bearer ${TOKEN}`, null, null],
      );
    },
  },
  {
    name: 'relative redirect',
    head: [{ redirect: 'x', headers: { location: '../main/config.json' }, status: 308 }],
    get: [{ redirect: 'x', headers: { location: '../main/config.json' } }],
    run: (t) => t.arrives(CONFIG),
  },
  {
    name: 'whole hub moved to another origin',
    head: [{ redirect: '{cdn}/config.json', status: 301 }],
    cdn: [
      { headers: { etag: `"${FILES[CONFIG].etag}"`, 'x-repo-commit': '0123456789abcdef0123456789abcdef01234567' } },
    ],
    run: (t) => t.arrives(CONFIG, { token: TOKEN }),
  },
  {
    name: 'redirect loop',
    head: [{ redirect: '{hub}/owner/model/resolve/main/config.json', always: true }],
    async run(t) {
      await t.fails(CONFIG, 'Network', /more than 10 redirects/);
      assert.is((await t.seen('head')).length, 11);
    },
  },
  {
    name: 'redirect to a file',
    head: [{ redirect: 'file:///etc/passwd', always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'Network', /redirect to file: is not followed/)),
  },
  {
    name: 'redirect to data',
    get: [{ redirect: 'data:text/plain,x', always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'Network', /redirect to data: is not followed/)),
  },
  {
    name: 'redirect without a place',
    head: [{ redirect: 'x', headers: { location: 'http://[' }, always: true }],
    run: async (t) => void (await t.fails(CONFIG, 'Network', /redirect without a target/)),
  },
  {
    name: 'signed address expired: a fresh one is asked for',
    cdn: [{ status: 403 }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(
        (await t.seen()).map((s) => s.kind),
        ['head', 'get', 'cdn', 'get', 'cdn'],
      );
    },
  },
  {
    name: 'signed addresses stay out of messages',
    cdn: [{ status: 403, always: true }],
    async run(t) {
      const error = await t.fails(MODEL, 'Network', /HTTP 403/);
      assert.not.match(error.message, /Signature|secret/);
    },
  },
  {
    name: 'other server says not found',
    cdn: [{ status: 404, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'Network', /HTTP 404/)),
  },
  {
    name: 'other server cannot rename the content',
    cdn: [{ headers: { 'x-linked-etag': '"0"', 'x-repo-commit': 'f'.repeat(40), 'x-error-code': 'RepoNotFound' } }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'hidden redirects: facts from the listing',
    async run(t) {
      await t.arrives(MODEL, { fetch: hiding });
      assert.equal(
        (await t.seen()).map((s) => s.kind),
        ['head', 'api', 'get', 'cdn'],
      );
    },
  },
  {
    name: 'hidden redirects: one listing for all files',
    async run(t) {
      const files = t.files({ fetch: hiding });
      assert.equal(await readAll((await files.open(MODEL))!), WEIGHTS);
      assert.ok(await files.open('weights/part one/model-00001-of-00001.safetensors'));
      assert.is(await files.open('nothing.bin'), null);
      assert.is((await t.seen('api')).length, 1);
      assert.is((await t.seen('head')).length, 1);
    },
  },
  {
    name: 'hidden redirects: cut and resumed',
    cdn: [{ endAt: 100_000 }],
    async run(t) {
      await t.arrives(MODEL, { fetch: hiding });
      assert.equal(await t.ranges('cdn'), [null, 'bytes=100000-']);
      assert.ok((await t.seen()).every((seen) => seen.ifRange === null));
    },
  },
  {
    name: 'hidden redirects: listing is no JSON',
    api: [{ text: '<html>', always: true }],
    run: async (t) => void (await t.fails(MODEL, 'Network', /api\/models/, { fetch: hiding })),
  },
  {
    name: 'hidden redirects: listing is a lie',
    api: [
      { text: '{"sha":"../..","siblings":[{"rfilename":"model.safetensors","size":"NaN","blobId":7}]}', always: true },
    ],
    run: async (t) => void (await t.fails(MODEL, 'Network', /no commit/, { fetch: hiding })),
  },
  {
    name: 'hidden redirects: gated',
    api: [{ status: 403, headers: { 'x-error-code': 'GatedRepo' }, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'GatedRepository', /403/, { fetch: hiding })),
  },
  {
    name: 'no store: small file is verified first',
    async run(t) {
      await t.arrives(CONFIG, { store: null });
      assert.equal(t.statuses(), ['initiate', 'download', 'progress', 'done']);
    },
  },
  {
    name: 'no store: large file streams, cut and resumed',
    files: { 'big.safetensors': BIG },
    cdn: [{ endAt: 1_000_000 }],
    async run(t) {
      const source = (await t.files({ store: null }).open('big.safetensors'))!;
      assert.equal(await source.read(0, 8), BIG.bytes.slice(0, 8));
      assert.equal(await readAll(source), BIG.bytes);
      assert.equal(await t.ranges('cdn'), [null, 'bytes=1000000-']);
    },
  },
  {
    name: 'no store: large file with a wrong hash fails at its end',
    files: { 'big.safetensors': BIG },
    cdn: [{ corruptAt: 4_000_000 }],
    async run(t) {
      const source = (await t.files({ store: null }).open('big.safetensors'))!;
      let read = 0;
      const error = await thrown(async () => {
        for await (const chunk of source.stream(0, source.size)) read += chunk.length;
      });
      assert.is(error.code, 'IntegrityFailed');
      assert.ok(read < source.size, 'the last chunk was handed out');
    },
  },
  {
    name: 'no store: content changes midway',
    files: { 'big.safetensors': BIG },
    cdn: [{ endAt: 1_000_000 }],
    get: [{}, { headers: { 'x-linked-etag': `"${'a'.repeat(64)}"` } }],
    async run(t) {
      const source = (await t.files({ store: null }).open('big.safetensors'))!;
      const error = await thrown(() => readAll(source));
      assert.is(error.code, 'IntegrityFailed');
      assert.match(error.message, /changed on the server/);
    },
  },
  {
    name: 'no store: offline is an error that names the file',
    async run(t) {
      const error = await thrown(() => t.fetch(CONFIG, { store: null, localFilesOnly: true }));
      assert.is(error.code, 'FileNotFound');
      assert.match(error.message, /"config\.json" of owner\/model@main offline: there is no cache/);
    },
  },
];
