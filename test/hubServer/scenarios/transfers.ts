import * as assert from 'uvu/assert';
import { FILES, OTHER_WEIGHTS, served, WEIGHTS } from '../repository.ts';
import { type Scenario, thrown } from '../scenario.ts';

const MODEL = 'model.safetensors';
const OTHER = served(OTHER_WEIGHTS, true);

/** What can go wrong between the first byte and the last. */
export const transfers: readonly Scenario[] = [
  {
    name: 'large file through a redirect',
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(
        (await t.seen()).map((s) => s.kind),
        ['head', 'get', 'cdn'],
      );
      assert.equal(t.statuses(), ['initiate', 'download', 'progress', 'done']);
      const last = t.events.filter((e) => e.status === 'progress').at(-1);
      assert.equal(last, {
        status: 'progress',
        name: 'owner/model',
        file: MODEL,
        progress: 100,
        loaded: 400_000,
        total: 400_000,
      });
    },
  },
  {
    name: 'small file without a redirect',
    async run(t) {
      await t.arrives('config.json');
      assert.equal(
        (await t.seen()).map((s) => s.kind),
        ['head', 'get'],
      );
    },
  },
  {
    name: 'empty file costs no GET',
    async run(t) {
      await t.arrives('empty.txt');
      assert.equal(
        (await t.seen()).map((s) => s.kind),
        ['head'],
      );
    },
  },
  {
    name: 'file in folders with a space',
    run: (t) => t.arrives('weights/part one/model-00001-of-00001.safetensors'),
  },
  {
    name: 'cut connection is resumed by range',
    cdn: [{ cutAt: 163_840 }],
    async run(t) {
      await t.arrives(MODEL);
      const [first, second] = await t.seen('cdn');
      assert.is(first.range, null);
      const at = Number(second.range?.match(/^bytes=(\d+)-$/)?.[1]);
      assert.ok(at > 0 && at <= 163_840, `resumed at ${second.range}`);
      assert.is(second.ifRange, `"cdn-${FILES[MODEL].etag.slice(0, 8)}"`);
      assert.equal(t.delays, [500]);
    },
  },
  {
    name: 'cut again and again, each time further',
    cdn: [{ cutAt: 50_000 }, { cutAt: 50_000 }, { cutAt: 50_000 }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(t.delays, [500, 1000, 2000]);
    },
  },
  {
    name: 'cut without end gives up',
    cdn: [{ cutAt: 10, always: true }],
    async run(t) {
      await t.fails(MODEL, 'Network', /gave up after 4 attempts/);
      assert.is((await t.seen('cdn')).length, 4);
    },
  },
  {
    name: 'hub file resumed with its own tag',
    get: [{ cutAt: 65_536 }],
    async run(t) {
      await t.arrives('long.txt');
      assert.is((await t.seen('get'))[1].ifRange, `"${FILES['long.txt'].etag}"`);
    },
  },
  {
    name: 'body that ends early without a word',
    cdn: [{ endAt: 100_000 }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), [null, 'bytes=100000-']);
    },
  },
  {
    name: 'body that always ends early',
    cdn: [{ endAt: 0, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /ended at byte 0 of 400000/)),
  },
  {
    name: 'range ignored: read again, skipping what is there',
    cdn: [{ cutAt: 100_000 }, { ignoreRange: true }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'content range of another place',
    cdn: [{ endAt: 100_000 }, { shiftRange: 64 }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), [null, 'bytes=100000-', null]);
    },
  },
  {
    name: 'content range of another size',
    cdn: [{ endAt: 100_000 }, { headers: { 'content-range': 'bytes 100000-399999/400001' } }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'partial content without content range',
    cdn: [{ endAt: 100_000 }, { headers: { 'content-range': null } }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'content range in another unit',
    cdn: [{ endAt: 100_000 }, { headers: { 'content-range': 'pages 100000-399999/400000' } }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'range not satisfiable',
    cdn: [{ endAt: 100_000 }, { status: 416 }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'compressed range is not trusted',
    cdn: [{ endAt: 100_000 }, { gzip: true }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'corrupted byte',
    cdn: [{ corruptAt: 200_000, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}/)),
  },
  {
    name: 'corrupted small file',
    get: [{ corruptAt: 5, always: true }],
    run: async (t) => void (await t.fails('config.json', 'IntegrityFailed', /expected sha1 [0-9a-f]{40}/)),
  },
  {
    name: 'corrupted once, sound at the next call',
    cdn: [{ corruptAt: 7 }],
    async run(t) {
      await t.fails(MODEL, 'IntegrityFailed', /sha256/);
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), [null, null]);
    },
  },
  {
    name: 'other content under the same name',
    cdn: [{ file: OTHER, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /sha256/)),
  },
  {
    name: 'resumed onto a corrupt piece: fetched once more from zero',
    cdn: [{ corruptAt: 3, stallAt: 100_000, always: false }, { stallAt: 0 }, { stallAt: 0 }, { stallAt: 0 }],
    async run(t) {
      assert.is((await thrown(() => t.fetch(MODEL))).code, 'Network');
      await t.arrives(MODEL);
      assert.equal((await t.ranges('cdn')).slice(-2), ['bytes=100000-', null]);
    },
  },
  {
    name: 'body longer than announced stops at the size',
    cdn: [{ endless: true }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'endless body of a small file without a size',
    head: [{ unsized: true }],
    get: [{ endless: true }],
    async run(t) {
      // the first 16 MiB of it pass, no more
      await t.fails('config.json', 'IntegrityFailed', /does not end/);
    },
  },
  {
    name: 'size nobody announces',
    head: [{ unsized: true }],
    get: [{ unsized: true }],
    run: (t) => t.arrives('long.txt'),
  },
  {
    name: 'size nobody announces, cut midway',
    head: [{ unsized: true }],
    get: [{ unsized: true, cutAt: 70_000 }],
    run: (t) => t.arrives('long.txt'),
  },
  {
    name: 'silence in the middle',
    cdn: [{ stallAt: 100_000 }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), [null, 'bytes=100000-']);
    },
  },
  {
    name: 'silence for ever',
    cdn: [{ stallAt: 0, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'Network', /fewer than 1024 bytes came within 300 ms/)),
  },
  {
    name: 'drip of single bytes counts as silence',
    cdn: [{ drip: { size: 1, every: 20 } }],
    async run(t) {
      await t.arrives(MODEL);
      assert.is((await t.seen('cdn')).length, 2);
    },
  },
  {
    name: 'slow and steady is fine',
    get: [{ drip: { size: 5_000, every: 25 } }],
    async run(t) {
      await t.arrives('long.txt');
      assert.is((await t.seen('get')).length, 1);
    },
  },
  {
    name: 'no answer at all',
    head: [{ silent: true }],
    run: (t) => t.arrives('config.json', { timing: { answer: 200 } }),
  },
  {
    name: 'compressed body is taken as what it decodes to',
    get: [{ gzip: true }],
    run: (t) => t.arrives('long.txt'),
  },
  {
    name: 'compressed HEAD does not tell the size',
    head: [{ gzip: true }],
    get: [{ gzip: true, unsized: true }],
    run: (t) => t.arrives('long.txt'),
  },
  {
    name: 'said to be compressed and is not',
    get: [{ headers: { 'content-encoding': 'gzip' }, always: true }],
    run: async (t) => void (await t.fails('config.json', 'Network', /config\.json|transfer broke/)),
  },
  {
    name: 'weak tag',
    head: [{ headers: { etag: `W/"${FILES['config.json'].etag}"` } }],
    get: [{ headers: { etag: `W/"${FILES['config.json'].etag}"` } }],
    run: (t) => t.arrives('config.json'),
  },
  {
    name: 'content changes between HEAD and GET',
    get: [{ headers: { 'x-linked-etag': `"${OTHER.etag}"` } }],
    head: [{}, { headers: { 'x-linked-etag': `"${OTHER.etag}"` } }],
    run: (t) => t.arrives(MODEL),
  },
  {
    name: 'content changes midway: the new content, from zero',
    files: { [MODEL]: OTHER },
    head: [{ headers: { 'x-linked-etag': `"${FILES[MODEL].etag}"` } }],
    get: [{ headers: { 'x-linked-etag': `"${FILES[MODEL].etag}"` } }],
    cdn: [{ file: FILES[MODEL], cutAt: 100_000 }],
    async run(t) {
      await t.arrives(MODEL, {}, OTHER.bytes);
      assert.is((await t.ranges('cdn')).at(-1), null);
    },
  },
  {
    name: 'content that never stops changing',
    get: [{ headers: { 'x-linked-etag': `"${OTHER.etag}"` }, always: true }],
    run: async (t) => void (await t.fails(MODEL, 'IntegrityFailed', /keeps changing/)),
  },
  {
    name: 'the other server changes its mind midway',
    cdn: [{ endAt: 100_000 }, { headers: { etag: '"cdn-other"' } }],
    async run(t) {
      await t.arrives(MODEL);
      assert.equal(await t.ranges('cdn'), [null, 'bytes=100000-', null]);
    },
  },
  {
    name: 'file vanishes between HEAD and GET',
    get: [{ status: 404, headers: { 'x-error-code': 'EntryNotFound' }, always: true }],
    head: [{}, { status: 404, headers: { 'x-error-code': 'EntryNotFound', 'x-repo-commit': null } }],
    async run(t) {
      assert.is(await t.fetch('config.json'), null);
    },
  },
  {
    name: 'two at once in one client',
    async run(t) {
      const files = t.files();
      const sources = await Promise.all([files.open(MODEL), files.open(MODEL), files.open('config.json')]);
      assert.equal(
        sources.map((source) => source?.size),
        [WEIGHTS.length, WEIGHTS.length, FILES['config.json'].bytes.length],
      );
      assert.is((await t.seen('cdn')).length, 1);
    },
  },
  {
    name: 'two at once in two clients',
    cdn: [{ drip: { size: 50_000, every: 30 } }],
    async run(t) {
      await Promise.all([t.arrives(MODEL), t.arrives(MODEL)]);
      assert.is((await t.seen('cdn')).length, 1);
    },
  },
];
