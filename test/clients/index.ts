// npm run test:clients: real clients of three protocols against `beit serve`, their answers against the library's own.
// PYTHON names an interpreter with tritonclient, kserve and huggingface_hub; without it those are skipped with a line.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { InferenceClient } from '@huggingface/inference';
import OpenAI from 'openai';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pipeline } from '../../src/index.ts';
import { readyServer } from './readyServer.ts';

const test = suite('clients');
const PICTURE = 'fixtures/beit-digits/scans/0005-5.png';
const FOLDER = 'fixtures/beit-digits';
const scan = new Uint8Array(readFileSync(PICTURE));

/** The command as a process of its own; resolves when it listens and its models are loaded. */
async function startServer(...models: string[]) {
  const args = ['dist/cli.js', 'serve', '--port', '0', ...models.flatMap((model) => ['--model', model])];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const { url } = await readyServer(server);
  return { url, server };
}

const { url, server } = await startServer(`digits=${FOLDER}`, `features=${FOLDER}`);
const classify = await pipeline('image-classification', FOLDER);
const expected = (await classify(scan)).map(({ label, score }) => [label, Math.fround(score)]);

test('@huggingface/inference', async () => {
  const guesses = await new InferenceClient().endpoint(url).imageClassification({ data: new Blob([scan]) });
  assert.equal(
    guesses.map(({ label, score }) => [label, score]),
    expected,
  );
});

test('openai: a model without embeddings is a typed error', async () => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  const input = `data:image/png;base64,${Buffer.from(scan).toString('base64')}`;
  const error = await client.embeddings.create({ model: 'digits', input }).catch((reason) => reason);
  assert.is(error.status, 400);
  assert.match(error.message, /gives no embeddings/);
});

test('openai: embeddings are the bits of the library', async () => {
  const { createServer } = await import('../../src/serve/server.ts');
  const { listen } = await import('../../src/serve/listen.ts');
  const models = { features: { source: FOLDER, task: 'image-feature-extraction' } } as const;
  const own = createServer({ models });
  await own.load();
  const { url: address, close } = await listen(own, { port: 0 });
  const client = new OpenAI({ baseURL: `${address}/v1`, apiKey: 'none', maxRetries: 0 });
  const input = [`data:image/png;base64,${Buffer.from(scan).toString('base64')}`];
  const { data } = await client.embeddings.create({ model: 'features', input });
  using extract = await pipeline('image-feature-extraction', FOLDER);
  assert.equal(data[0].embedding, [...(await extract.embed(scan)).data]);
  await close();
});

const { PYTHON } = process.env;
if (!PYTHON) console.log('skip: tritonclient, kserve, huggingface_hub and the manifests need PYTHON');
(PYTHON ? test : test.skip)('tritonclient, kserve and huggingface_hub', () => {
  const { stdout, stderr, status } = spawnSync(PYTHON!, ['test/clients/clients.py', url, PICTURE], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  const { triton, kserve, huggingface } = JSON.parse(stdout);
  assert.is(triton.id, 'seven');
  assert.equal(triton.logits, kserve.logits);
  assert.equal(triton.classes[0], `${expected[0][1]}:5:5`.replace(/^[\d.]+/, triton.classes[0].split(':')[0]));
  assert.ok(Math.abs(Number(triton.classes[0].split(':')[0]) - (expected[0][1] as number)) < 1e-9);
  assert.equal(huggingface.all, expected);
  assert.equal(huggingface.two, expected.slice(0, 2));
});

(PYTHON ? test : test.skip)('the manifests of examples fit the classes of KServe and Kubernetes', () => {
  const { stdout, stderr, status } = spawnSync(PYTHON!, ['test/clients/manifests.py'], { encoding: 'utf8' });
  assert.is(status, 0, stderr);
  assert.match(stdout, /6 manifests fit/);
});

test('SIGTERM: requests in flight are answered, and the process ends with 0', async () => {
  const ended = new Promise<number | null>((resolve) => server.once('exit', (code) => resolve(code)));
  const running = Array.from({ length: 20 }, () => fetch(url, { method: 'POST', body: scan }));
  await running[0];
  server.kill('SIGTERM');
  const statuses = (await Promise.all(running)).map(({ status }) => status);
  assert.ok(
    statuses.every((status) => status === 200),
    statuses.join(),
  );
  assert.is(await ended, 0);
});

test.after(() => classify.dispose());
test.run();
