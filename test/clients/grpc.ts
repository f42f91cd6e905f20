// Part of npm run test:clients: examples/grpc with a client of @grpc/grpc-js, and with tritonclient[grpc] where PYTHON names an
// interpreter that has it. Answers are compared with the library's own, bit for bit.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pipeline } from '../../src/index.ts';
import { readyServer } from './readyServer.ts';

const test = suite('grpc');
const EXAMPLE = resolve('examples/grpc');
const FOLDER = resolve('fixtures/beit-digits');
const PICTURE = `${FOLDER}/scans/0005-5.png`;
const scan = new Uint8Array(readFileSync(PICTURE));

/** The example as a user has it: the package beside its own dependencies. */
async function startExample() {
  const link = `${EXAMPLE}/node_modules/beit-wasm`;
  if (!existsSync(link)) symlinkSync(resolve('.'), link, 'junction');
  const ports = ['--port', '0', '--grpc-port', '0'];
  const models = ['--model', `digits=${FOLDER}`, '--model', `features=${FOLDER}`];
  const server = spawn(process.execPath, ['main.mjs', ...ports, ...models], {
    cwd: EXAMPLE,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { grpc: address } = await readyServer(server);
  return { server, address };
}

const { server, address } = await startExample();
using classify = await pipeline('image-classification', FOLDER, { threads: 1 });
const { pixelValues } = await classify.processor.preprocess(scan);
const { logits } = await classify.model.forward({ pixelValues });
const expected = [...logits.data];

const need = createRequire(`${EXAMPLE}/package.json`);
const { credentials, loadPackageDefinition, status } = need('@grpc/grpc-js');
const { loadSync } = need('@grpc/proto-loader');
const proto = loadPackageDefinition(loadSync(`${EXAMPLE}/inference.proto`, { keepCase: true, longs: Number }));
const { GRPCInferenceService } = proto.inference;
const client = new GRPCInferenceService(address, credentials.createInsecure());

// biome-ignore lint/suspicious/noExplicitAny: messages of a proto that is read at run time
function call(method: string, request: object = {}, options: object = {}): Promise<any> {
  return new Promise((found, failed) =>
    client[method](request, options, (error: Error | null, answer: object) => (error ? failed(error) : found(answer))),
  );
}

const image = { name: 'image', datatype: 'BYTES', shape: [1] };
const lengthOf = (bytes: Uint8Array) => new Uint8Array(new Uint32Array([bytes.length]).buffer);
const rawScan = Buffer.concat([lengthOf(scan), scan]);
const floatsOf = (bytes: Buffer) => [...new Float32Array(new Uint8Array(bytes).buffer)];
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => ({ code: 0, details: '' }),
    (error) => error,
  );

test('health, metadata, configuration, repository, statistics', async () => {
  assert.is((await call('ServerLive')).live, true);
  assert.is((await call('ServerReady')).ready, true);
  assert.is((await call('ModelReady', { name: 'digits' })).ready, true);
  assert.is((await call('ServerMetadata')).name, 'beit-wasm');
  assert.equal((await call('ModelMetadata', { name: 'digits' })).inputs[0].shape, [-1, 3, -1, -1]);
  assert.is((await call('ModelConfig', { name: 'digits', version: '1' })).config.backend, 'beit-wasm');
  assert.equal(
    (await call('RepositoryIndex')).models.map(({ state }: { state: string }) => state),
    ['READY', 'READY'],
  );
  assert.is((await call('ModelStatistics')).model_stats.length, 2);
});

test('raw and typed contents give the bits of the library', async () => {
  const request = { model_name: 'digits', id: 'x', inputs: [image], raw_input_contents: [rawScan] };
  const raw = await call('ModelInfer', request);
  assert.equal([raw.id, raw.outputs[0].name, raw.outputs[0].shape], ['x', 'logits', [1, 10]]);
  assert.equal(floatsOf(raw.raw_output_contents[0]), expected);
  const contents = { bytes_contents: [scan] };
  const typed = await call('ModelInfer', { model_name: 'digits', inputs: [{ ...image, contents }] });
  assert.equal(floatsOf(typed.raw_output_contents[0]), expected);
  const pixels = { name: 'pixel_values', datatype: 'FP32', shape: pixelValues.dims };
  const floats = { ...pixels, contents: { fp32_contents: [...pixelValues.data] } };
  const fromPixels = await call('ModelInfer', { model_name: 'digits', inputs: [floats] });
  assert.equal(floatsOf(fromPixels.raw_output_contents[0]), expected);
});

test('failures have the codes of gRPC, and messages carry those of the library', async () => {
  const unknown = await failureOf(call('ModelInfer', { model_name: 'no', inputs: [image] }));
  assert.equal([unknown.code, /ModelNotFound/.test(unknown.details)], [status.NOT_FOUND, true]);
  const contents = { bytes_contents: [new Uint8Array([1, 2, 3])] };
  const bad = await failureOf(call('ModelInfer', { model_name: 'digits', inputs: [{ ...image, contents }] }));
  assert.equal([bad.code, /InvalidImage/.test(bad.details)], [status.INVALID_ARGUMENT, true], bad.details);
  const integers = { ...image, contents: { int_contents: [1] } };
  assert.is((await failureOf(call('ModelInfer', { model_name: 'digits', inputs: [integers] }))).code, 3);
  const inputs = [{ ...image, contents: { bytes_contents: [scan] } }];
  const late = Array.from({ length: 20 }, () =>
    failureOf(call('ModelInfer', { model_name: 'digits', inputs }, { deadline: Date.now() + 1 })),
  );
  const codes = (await Promise.all(late)).map(({ code }) => code);
  assert.ok(
    codes.every((code) => [0, status.DEADLINE_EXCEEDED, status.RESOURCE_EXHAUSTED].includes(code)) &&
      codes.some((code) => code !== 0),
    codes.join(),
  );
  assert.equal(floatsOf((await call('ModelInfer', { model_name: 'digits', inputs })).raw_output_contents[0]), expected);
});

const { PYTHON } = process.env;
if (!PYTHON) console.log('skip: tritonclient[grpc] needs PYTHON');
(PYTHON ? test : test.skip)('tritonclient[grpc]', () => {
  const {
    stdout,
    stderr,
    status: ended,
  } = spawnSync(PYTHON!, ['test/clients/grpc_client.py', address, PICTURE], {
    encoding: 'utf8',
  });
  assert.is(ended, 0, stderr);
  const found = JSON.parse(stdout);
  assert.equal(found.logits, expected);
  assert.equal(found.typed_image, expected);
  assert.equal(found.typed_pixels, found.pixels);
  assert.equal([found.id, found.name, found.config], ['seven', 'beit-wasm', 'pixel_values']);
  assert.equal([found.unloaded, found.index], [false, ['READY', 'READY']]);
  assert.match(found.classes[0], /^0\.9\d+:5:5$/);
  assert.equal(found.failures, ['StatusCode.NOT_FOUND', 'StatusCode.INVALID_ARGUMENT', 'StatusCode.NOT_FOUND']);
  assert.ok(found.count > 0 && found.fields > 100);
});

test('SIGTERM: calls in flight are answered, and the process ends with 0', async () => {
  const ended = new Promise<number | null>((resolve) => server.once('exit', (code) => resolve(code)));
  const request = { model_name: 'digits', inputs: [image], raw_input_contents: [rawScan] };
  const running = Array.from({ length: 20 }, () => call('ModelInfer', request));
  await running[0];
  server.kill('SIGTERM');
  for (const { raw_output_contents: raw } of await Promise.all(running)) assert.equal(floatsOf(raw[0]), expected);
  client.close();
  assert.is(await ended, 0);
});

test.run();
