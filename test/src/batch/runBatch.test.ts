import { createHash } from 'node:crypto';
import { createWriteStream, mkdtempSync, readFileSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline as streamTo } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type BatchOptions, runBatch } from '../../../src/batch/runBatch.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { refused } from '../refused.ts';
import { filesUnder, pictureFolder } from './batchFolder.ts';

const test = suite('batch/runBatch');
const newFolder = () => mkdtempSync(join(tmpdir(), 'results-'));
const base = { model: 'fixtures/beit-digits', task: 'embed', workers: 2, shardSize: 4 } as const;
const run = (options: Partial<BatchOptions> & Pick<BatchOptions, 'input' | 'output'>) =>
  runBatch({ ...base, ...options });

test('embeddings are those of the pipeline, in the layout of clip-retrieval', async () => {
  const [input, output] = [pictureFolder(), newFolder()];
  const report = await run({ input, output, format: 'f32' });
  assert.equal(report, { shards: 3, skipped: 0, pictures: 9, failures: 1 });
  const files = filesUnder(output);
  const parts = ['00000', '00001', '00002'];
  const expected = parts.flatMap((p) => [
    `img_emb/img_emb_${p}.npy`,
    `metadata/metadata_${p}.parquet`,
    `stats/${p}.json`,
  ]);
  assert.equal(Object.keys(files), expected.sort());
  using extract = await pipeline('image-feature-extraction', 'fixtures/beit-digits');
  const { data } = await extract.embed(join(input, '0000-0.png'));
  const npy = Buffer.from(files['img_emb/img_emb_00000.npy'], 'base64');
  assert.equal([...new Float32Array(npy.buffer.slice(npy.byteOffset + 128)).subarray(0, 64)], [...data]);
  const stats = JSON.parse(readFileSync(join(output, 'stats/00002.json'), 'utf8'));
  assert.equal([stats.count, stats.failures, stats.failedByCode], [1, 1, { InvalidImage: 1 }]);
  const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
  const broken = sha256(readFileSync(join(input, 'broken/text.jpg')));
  assert.equal([stats.pictures, stats.dtype], [sha256(`${broken}\n`), null]);
  const { files: hashes } = JSON.parse(readFileSync(join(output, 'stats/00000.json'), 'utf8'));
  for (const [name, hash] of Object.entries(hashes)) assert.is(sha256(readFileSync(join(output, name))), hash);
});

test('progress counts all pictures, also those that were done before', async () => {
  const [input, output] = [pictureFolder(false), newFolder()];
  const told: unknown[] = [];
  const onPicture: BatchOptions['onPicture'] = ({ shard, done, overall, total }) =>
    told.push([shard, done, overall, total]);
  await run({ input, output, shardSize: 3, part: { index: 0, count: 2 } });
  await run({ input, output, shardSize: 3, onPicture });
  assert.equal(told, [
    ['00001', 1, 4, 8],
    ['00001', 2, 5, 8],
    ['00001', 3, 6, 8],
  ]);
});

test('what tar files hold is judged by those before', async () => {
  const [input, output] = [newFolder(), newFolder()];
  const scan = readFileSync('fixtures/beit-digits/scans/0005-5.png');
  for (const [name, count] of [
    ['0', 2],
    ['1', 4],
    ['2', 1],
  ] as const) {
    const tar = pack();
    for (let i = 0; i < count; i++) tar.entry({ name: `${i}.png` }, scan);
    tar.finalize();
    await streamTo(tar, createWriteStream(join(input, `${name}.tar`)));
  }
  const totals: unknown[] = [];
  await run({ input, output, onPicture: ({ total }) => totals.push(total) });
  assert.equal(totals, [null, null, 6, 6, 6, 6, 9]);
});

test('a second run skips what is done and computes what has changed', async () => {
  const [input, output] = [pictureFolder(false), newFolder()];
  await run({ input, output });
  const before = filesUnder(output);
  assert.equal(await run({ input, output }), { shards: 2, skipped: 2, pictures: 0, failures: 0 });
  utimesSync(join(input, '0000-0.png'), new Date(), new Date(Date.now() + 60_000));
  assert.equal(await run({ input, output }), { shards: 2, skipped: 1, pictures: 4, failures: 0 });
  const results = (files: Record<string, string>) =>
    Object.entries(files).filter(([name]) => !name.startsWith('stats'));
  assert.equal(results(filesUnder(output)), results(before), 'and the same pictures give the same bytes');
  assert.is((await run({ input, output, dtype: 'q8' })).skipped, 0, 'another dtype is another result');
});

test('parts together do what one process does', async () => {
  const input = pictureFolder();
  const [whole, parts] = [newFolder(), newFolder()];
  await run({ input, output: whole, shardSize: 2 });
  for (const index of [1, 0, 2]) await run({ input, output: parts, shardSize: 2, part: { index, count: 3 } });
  assert.equal(filesUnder(parts), filesUnder(whole));
  await refused(
    run({ input, output: parts, part: { index: 3, count: 3 } }),
    'InvalidArgument',
    /expected 0 to 2, got 3/,
  );
});

test('one worker or several, the same bytes', async () => {
  const input = pictureFolder();
  const [one, three] = [newFolder(), newFolder()];
  await run({ input, output: one, workers: 1 });
  await run({ input, output: three, workers: 3 });
  assert.equal(filesUnder(one), filesUnder(three));
});

test('classes are JSON lines in the order of the pictures', async () => {
  const [input, output] = [pictureFolder(), newFolder()];
  await run({ input, output, task: 'classify', topK: 1, shardSize: 100 });
  const lines = readFileSync(join(output, 'classify/00000.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(lines.length, 9);
  assert.is(lines[1].image, '0005-5.png');
  assert.is(lines[1].guesses[0].label, '5');
  const broken = lines.find(({ image }) => image.endsWith('text.jpg'));
  assert.is(broken.error.code, 'InvalidImage');
});

test('an abort stops between pictures and leaves no result of the shard', async () => {
  const [input, output] = [pictureFolder(false), newFolder()];
  const stop = new AbortController();
  const onPicture = () => stop.abort();
  await refused(run({ input, output, signal: stop.signal, onPicture, shardSize: 100 }), 'Aborted');
  assert.equal(filesUnder(output), {});
});

test('what cannot be found or loaded rejects before anything is written', async () => {
  await refused(run({ input: 'nowhere', output: newFolder() }), 'FileNotFound', /Cannot find pictures/);
  await refused(run({ input: pictureFolder(), output: newFolder(), model: 'no/such/place/at/all' }), 'FileNotFound');
  await refused(run({ input: pictureFolder(), output: newFolder(), workers: 0 }), 'InvalidArgument');
});

test.run();
