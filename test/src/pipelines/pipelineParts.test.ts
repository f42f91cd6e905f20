import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadCodebook } from '../../../src/loading/loadCodebook.ts';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import { type ModelSource, openSource } from '../../../src/loading/source.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { loadParts } from '../../../src/pipelines/pipelineParts.ts';
import { BeitForMaskedImageModeling } from '../../../src/pretrained/beitForMaskedImageModeling.ts';
import { convert } from '../../../src/pretrained/convert.ts';
import type { PretrainedModel } from '../../../src/pretrained/pretrainedModel.ts';
import { refused } from '../refused.ts';

const test = suite('pipelines/pipelineParts');
const FOLDER = 'fixtures/beit-digits-pt';
const folder = mkdtempSync(join(tmpdir(), 'beit-parts-'));

/** A hub whose branch points to another commit after every answer, all with the same files. Paths that were asked for. */
let asked: string[] = [];
let moves = 0;
const server = createServer((request, response) => {
  const [, revision, name] = /\/resolve\/([^/]+)\/(.+)$/.exec(request.url!)!;
  asked.push(`${request.method} ${revision} ${name}`);
  const commit = revision === 'main' ? `${moves++}`.padStart(40, '0') : revision;
  const path = join(FOLDER, name);
  response.setHeader('x-repo-commit', commit);
  if (!existsSync(path)) return response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
  const bytes = readFileSync(path);
  const etag = createHash('sha256').update(bytes).digest('hex');
  response.writeHead(200, { etag: `"${etag}"`, 'content-length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
test.after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
let caches = 0;
const options = (): LoadOptions => ({
  endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  cacheDir: join(folder, `cache${caches++}`),
  threads: 1,
});
test.before.each(() => {
  asked = [];
});

/** One question about the branch; everything else is read from the commit that it had then. */
function fromOneCommit(...wanted: string[]): void {
  assert.is(asked.filter((one) => one.includes(' main ')).length, 1, asked.join('\n'));
  const commits = new Set(asked.filter((one) => one.startsWith('GET')).map((one) => one.split(' ')[1]));
  assert.is(commits.size, 1, asked.join('\n'));
  for (const name of wanted)
    assert.ok(
      asked.some((one) => one.startsWith('GET') && one.endsWith(` ${name}`)),
      name,
    );
}

test('a pipeline, and the codebook beside it, come from one commit though the branch moves', async () => {
  const files = await openSource('owner/model', options());
  using fill = await pipeline('fill-mask-image', files, { threads: 1 });
  assert.ok(await loadCodebook(files));
  assert.ok(fill.model.memory > 0);
  fromOneCommit('config.json', 'preprocessor_config.json', 'model.safetensors', 'codebook.safetensors');
  asked = [];
  using other = await pipeline('fill-mask-image', 'owner/model', options());
  assert.ok(other.model.memory > 0);
  fromOneCommit('config.json', 'preprocessor_config.json', 'model.safetensors');
});

test('so does what is converted', async () => {
  const written = await convert('owner/model', join(folder, 'converted'), options());
  assert.equal(written, ['config.json', 'model.safetensors', 'preprocessor_config.json', 'codebook.safetensors']);
  fromOneCommit('config.json', 'preprocessor_config.json', 'model.safetensors', 'codebook.safetensors');
});

test('a worker is told the commit that is read here', async () => {
  const files = await openSource('owner/model', options());
  const opening = files.open('preprocessor_config.json');
  const { source, revision } = await files.origin!();
  await opening;
  assert.is(source, 'owner/model');
  assert.equal(asked[0], 'HEAD main preprocessor_config.json');
  assert.ok(asked.some((one) => one.startsWith(`GET ${revision} `)));
  const untouched = await openSource('owner/model', options());
  assert.match((await untouched.origin!()).revision!, /^\d{40}$/);
  assert.equal(await (await openSource(FOLDER)).origin!(), { source: FOLDER });
});

test('model and processor load side by side', async () => {
  const order: string[] = [];
  const source = {
    async open(name: string) {
      order.push(name);
      await new Promise((later) => setTimeout(later, 5));
      return (await openSource(FOLDER)).open(name);
    },
  };
  const { model } = await loadParts((...from) => BeitForMaskedImageModeling.fromPretrained(...from), source, {});
  model.dispose();
  assert.equal(order.slice(0, 2).sort(), ['config.json', 'preprocessor_config.json'], 'neither waits for the other');
});

test('when the processor fails the load is aborted, and a model that is there is disposed of', async () => {
  const bare = { 'config.json': readFileSync(join(FOLDER, 'config.json')) };
  let aborted = false;
  const slow = (_: ModelSource, { signal }: LoadOptions) =>
    new Promise<PretrainedModel>((_, reject) => {
      signal!.addEventListener('abort', () => {
        aborted = true;
        reject(new Error('aborted'));
      });
    });
  await refused(loadParts(slow, bare, {}), 'FileNotFound', /no preprocessor_config\.json/);
  assert.ok(aborted);
  let disposed = 0;
  const ready = async () => ({ dispose: () => void disposed++ }) as PretrainedModel;
  await refused(loadParts(ready, bare, {}), 'FileNotFound');
  await new Promise((later) => setTimeout(later, 1));
  assert.is(disposed, 1);
});

test("the caller's signal reaches the load, with its reason; what is no signal is an error", async () => {
  const stop = new AbortController();
  const loading = loadParts(
    (source, options) => {
      stop.abort('enough');
      return BeitForMaskedImageModeling.fromPretrained(source, options);
    },
    FOLDER,
    { threads: 1, signal: stop.signal },
  );
  assert.is((await refused(loading, 'Aborted')).cause, 'enough');
  await refused(
    loadParts(() => Promise.reject(new Error('not called')), FOLDER, { signal: 5 as never }),
    'InvalidArgument',
  );
});

test.run();
