import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BeitImageProcessor } from '../../../src/loading/imageProcessors.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { memoryPlan } from '../../../src/pretrained/memoryPlan.ts';
import { createServer, type RequestLog } from '../../../src/serve/server.ts';
import { turnAwayOf } from '../../../src/serve/turningAway.ts';
import { refused } from '../refused.ts';
import { ask, base64, digitsServer, SCAN } from './served.ts';

const test = suite('serve/server');
const server = await digitsServer();
const image = (bytes: Uint8Array) => ({ name: 'image', datatype: 'BYTES', shape: [1], data: [base64(bytes)] });

test('a server needs models by name', async () => {
  for (const options of [undefined, {}, { models: null }, { models: ['fixtures/beit-digits'] }]) {
    await refused(
      async () => createServer(options as never),
      'InvalidArgument',
      /^Invalid (options|models): expected an object/,
    );
  }
});

interface Inferred {
  readonly id: string;
  readonly outputs: { readonly name: string; readonly shape: number[]; readonly data: number[] }[];
}

/** The library's own logits of the scan. */
async function ownLogits(): Promise<number[]> {
  const processor = await BeitImageProcessor.fromPretrained('fixtures/beit-digits');
  const { pixelValues } = await processor.preprocess(SCAN);
  const model = await BeitForImageClassification.fromPretrained('fixtures/beit-digits', { threads: 1 });
  const { logits } = await model.forward({ pixelValues });
  model.dispose();
  return [...logits.data];
}

test('an answer has the numbers of the library, bit for bit', async () => {
  const { status, json } = await ask(server, '/v2/models/digits/infer', { id: 'x', inputs: [image(SCAN)] });
  assert.is(status, 200);
  const { id, outputs } = json as Inferred;
  assert.is(id, 'x');
  assert.equal(
    outputs.map(({ name, shape }) => [name, shape]),
    [
      ['logits', [1, 10]],
      ['scores', [1, 10]],
    ],
  );
  assert.equal(outputs[0].data, await ownLogits());
});

test('several workers answer at a time, with the same numbers', async () => {
  const models = { digits: { source: 'fixtures/beit-digits', workers: 2, threads: 1 } };
  const several = await digitsServer({ models });
  const ask8 = Array.from({ length: 8 }, () => ask(several, '/v2/models/digits/infer', { inputs: [image(SCAN)] }));
  const expected = await ownLogits();
  for (const { status, json } of await Promise.all(ask8)) {
    assert.is(status, 200);
    assert.equal((json as Inferred).outputs[0].data, expected);
  }
  await ask(several, '/v2/repository/models/digits/unload', {});
});

test('binary tensors in and out', async () => {
  const inputs = [{ ...image(SCAN), data: undefined, parameters: { binary_data_size: SCAN.length + 4 } }];
  const outputs = [{ name: 'logits', parameters: { binary_data: true } }];
  const header = new TextEncoder().encode(JSON.stringify({ inputs, outputs }));
  const length = new Uint8Array(new Uint32Array([SCAN.length]).buffer);
  const body = Buffer.concat([header, length, SCAN]);
  const headers = { 'inference-header-content-length': String(header.length) };
  const answer = await ask(server, '/v2/models/digits/infer', new Uint8Array(body), headers);
  assert.is(answer.status, 200);
  const end = Number(answer.headers.get('inference-header-content-length'));
  const { outputs: described } = JSON.parse(Buffer.from(answer.bytes.subarray(0, end)).toString());
  assert.equal(described, [{ name: 'logits', datatype: 'FP32', shape: [1, 10], parameters: { binary_data_size: 40 } }]);
  assert.equal([...new Float32Array(answer.bytes.slice(end).buffer)], await ownLogits());
});

test('a body without JSON is one picture', async () => {
  const headers = { 'inference-header-content-length': '0' };
  const { status, headers: got } = await ask(server, '/v2/models/digits/infer', SCAN, headers);
  assert.is(status, 200);
  assert.is(got.get('content-type'), 'application/octet-stream');
});

test('the classification extension lists classes', async () => {
  const outputs = [{ name: 'scores', parameters: { classification: 2 } }];
  const { json } = await ask(server, '/v2/models/digits/infer', { inputs: [image(SCAN)], outputs });
  const [{ shape, data }] = (json as { outputs: { shape: number[]; data: string[] }[] }).outputs;
  assert.equal(shape, [1, 2]);
  assert.match(data[0], /^0\.9\d+:5:5$/);
});

test('Hugging Face: raw bytes and base64 give the guesses of the pipeline', async () => {
  using classify = await pipeline('image-classification', 'fixtures/beit-digits', { threads: 1 });
  const expected = (await classify(SCAN, { topK: 2 })).map(({ label, score }) => [label, Math.fround(score)]);
  const guesses = (json: unknown) => (json as { label: string; score: number }[]).map((g) => [g.label, g.score]);
  assert.equal(guesses((await ask(server, '/?top_k=2', SCAN)).json), expected);
  const request = { inputs: base64(SCAN), parameters: { top_k: 2 } };
  assert.equal(guesses((await ask(server, '/predict', request)).json), expected);
  const sigmoid = { inputs: base64(SCAN), parameters: { function_to_apply: 'sigmoid', top_k: 1 } };
  const [[, score]] = guesses((await ask(server, '/', sigmoid)).json);
  assert.ok(Math.abs((score as number) - 1 / (1 + Math.exp(-4.216886520385742))) < 1e-7);
});

test('OpenAI: embeddings as numbers and as base64', async () => {
  const models = {
    features: { source: 'fixtures/beit-digits', task: 'image-feature-extraction', threads: 1 },
  } as const;
  const features = createServer({ models });
  await features.load();
  using extract = await pipeline('image-feature-extraction', 'fixtures/beit-digits', { threads: 1 });
  const expected = [...(await extract.embed(SCAN)).data];
  const input = [`data:image/png;base64,${base64(SCAN)}`];
  const data = (json: unknown) => (json as { data: { embedding: unknown }[] }).data[0].embedding;
  const plain = await ask(features, '/v1/embeddings', { model: 'features', input, encoding_format: 'float' });
  assert.equal(data(plain.json), expected);
  const packed = await ask(features, '/v1/embeddings', { model: 'features', input, encoding_format: 'base64' });
  assert.equal(
    [...new Float32Array(Uint8Array.from(Buffer.from(data(packed.json) as string, 'base64')).buffer)],
    expected,
  );
  const unknown = await ask(features, '/v1/embeddings', { model: 'nope', input });
  assert.is(unknown.status, 404);
  assert.match((unknown.json as { error: { message: string } }).error.message, /Unknown model "nope"/);
});

test('bad requests get a status and a message of their protocol', async () => {
  const pixels = (shape: number[], data: unknown) => ({ name: 'pixel_values', datatype: 'FP32', shape, data });
  for (const [path, body, status, message] of [
    ['/v2/models/nope/infer', { inputs: [] }, 404, /Unknown model "nope": expected one of digits/],
    ['/v2/models/digits/infer', {}, 400, /Invalid "inputs"/],
    ['/v2/models/digits/infer', new Uint8Array([123]), 400, /expected JSON/],
    ['/v2/models/digits/infer', { inputs: [image(new Uint8Array([1, 2, 3]))] }, 400, /Cannot/],
    ['/v2/models/digits/infer', { inputs: [pixels([1, 3, 32], [1])] }, 400, /has 96 elements, got 1/],
    ['/v2/models/digits/infer', { inputs: [pixels([1, 1, 1, 1], [1])] }, 400, /pixelValues/],
    ['/v2/models/digits/infer', { inputs: [image(SCAN)], outputs: [{ name: 'x' }] }, 400, /Unknown output "x"/],
    ['/v1/embeddings', { model: 'digits', input: ['data:image/png;base64,'] }, 400, /gives no embeddings/],
    ['/', { inputs: 5 }, 400, /base64/],
    ['/', new Uint8Array(), 400, /empty/],
    ['/nowhere', {}, 404, /No route/],
  ] as const) {
    const answer = await ask(server, path, body);
    assert.is(answer.status, status, `${path} ${JSON.stringify(answer.json)}`);
    const { error } = answer.json as { error: string | { message: string } };
    assert.match(typeof error === 'string' ? error : error.message, message);
  }
  assert.is((await ask(server, '/', SCAN)).status, 200, 'the next request is answered');
});

test('metadata, configuration, index, statistics and metrics', async () => {
  const get = async (path: string) => (await ask(server, path)).json as Record<string, unknown>;
  assert.is((await get('/v2')).name, 'beit-wasm');
  assert.equal(await get('/v2/models'), { models: ['digits'] });
  assert.equal(await get('/v2/models/digits/versions/1/ready'), { name: 'digits', ready: true });
  assert.equal((await get('/v2/models/digits')).versions, ['1']);
  assert.is((await get('/v2/models/digits/config')).max_batch_size, 0);
  const [stats] = (await get('/v2/models/stats')).model_stats as { inference_count: number }[];
  assert.ok(stats.inference_count > 0);
  const { json: index } = await ask(server, '/v2/repository/index', {});
  assert.equal(index, [{ name: 'digits', version: '1', state: 'READY', reason: '' }]);
  const text = new TextDecoder().decode((await ask(server, '/metrics')).bytes);
  assert.match(text, /nv_inference_request_success\{model="digits",version="1"\} \d/);
  assert.match(text, /nv_inference_request_failure\{model="digits",version="1",reason="OTHER"\} \d/);
});

test('models are unloaded and loaded again', async () => {
  const own = await digitsServer();
  assert.is((await ask(own, '/v2/repository/models/digits/unload', {})).status, 200);
  assert.is((await ask(own, '/v2/models/digits/ready')).status, 503);
  assert.is((await ask(own, '/v2/health/ready')).status, 503);
  assert.is((await ask(own, '/', SCAN)).status, 503);
  assert.is((await ask(own, '/v2/repository/models/digits/load', {})).status, 200);
  assert.is((await ask(own, '/', SCAN)).status, 200);
});

test('a memory budget unloads the model that was used least recently', async () => {
  const source = { source: 'fixtures/beit-digits', threads: 1 } as const;
  const models = { a: source, b: source, c: source };
  const one = createServer({ models: { a: source }, memoryBudget: 1000 });
  assert.match((await one.load())[0].message, /bytes needed, the memory budget is 1000/);
  const config = BeitConfig.fromJSON(JSON.parse(readFileSync('fixtures/beit-digits/config.json', 'utf8')));
  const { total } = await memoryPlan(config, 'BeitForImageClassification', { threads: 1 });
  const two = createServer({ models, memoryBudget: 2.5 * total });
  assert.equal(await two.load(), []);
  const { json } = await ask(two, '/v2/repository/index', {});
  const states = (json as { state: string; reason: string }[]).map(({ state }) => state);
  assert.equal(states, ['UNAVAILABLE', 'READY', 'READY']);
  assert.is(
    (await ask(two, '/v2/health/ready')).status,
    200,
    'one that made room does not take the server out of service',
  );
  await ask(two, '/v2/models/b/infer', { inputs: [image(SCAN)] });
  assert.is((await ask(two, '/v2/models/a/infer', { inputs: [image(SCAN)] })).status, 200, 'it is loaded again');
  const again = (await ask(two, '/v2/repository/index', {})).json as { state: string; reason: string }[];
  assert.equal(
    again.map(({ state }) => state),
    ['READY', 'READY', 'UNAVAILABLE'],
  );
  assert.match(again[2].reason, /make room for "a"; the next request loads it again/);
});

test('the memory budget counts workers, and what a larger input takes before memory grows', async () => {
  const config = BeitConfig.fromJSON(JSON.parse(readFileSync('fixtures/beit-digits/config.json', 'utf8')));
  const plan = (options: object) => memoryPlan(config, 'BeitForImageClassification', { threads: 1, ...options });
  const [one, both] = [await plan({}), await plan({ workers: 2 })];
  assert.ok(both.total > one.total);
  const spec = { source: 'fixtures/beit-digits', threads: 1 } as const;
  const tight = createServer({ models: { digits: { ...spec, workers: 2 } }, memoryBudget: both.total - 1 });
  assert.match((await tight.load())[0].message, new RegExp(`${both.total} bytes needed`));
  const exact = await digitsServer({ memoryBudget: one.total });
  assert.is((await ask(exact, '/', SCAN)).status, 200);
  const pixels = (n: number) => ({
    name: 'pixel_values',
    datatype: 'FP32',
    shape: [n, 3, 32, 32],
    data: Array(3072 * n).fill(0),
  });
  assert.is((await ask(exact, '/v2/models/digits/infer', { inputs: [pixels(1)] })).status, 200);
  const more = await ask(exact, '/v2/models/digits/infer', { inputs: [pixels(4)] });
  assert.is(more.status, 503);
  assert.match((more.json as { error: string }).error, /bytes needed, the memory budget is/);
  const roomy = await digitsServer({
    memoryBudget: (await plan({ input: { images: 4, height: 32, width: 32 } })).total,
  });
  assert.is((await ask(roomy, '/v2/models/digits/infer', { inputs: [pixels(4)] })).status, 200);
});

test('a picture of too many pixels is a 413', async () => {
  const small = await digitsServer({ maxPixels: 63 });
  const { status, json } = await ask(small, '/', SCAN);
  assert.equal([status, (json as { code: string }).code], [413, 'ImageTooLarge']);
});

test('a request whose client goes away while it waits is never computed', async () => {
  const own = await digitsServer();
  const gone = new AbortController();
  const post = (signal?: AbortSignal) =>
    own.fetch(new Request('http://localhost/', { method: 'POST', body: SCAN as BodyInit, signal }));
  const first = Array.from({ length: 4 }, () => post());
  const lost = post(gone.signal);
  await new Promise((resolve) => setTimeout(resolve, 1));
  gone.abort();
  assert.is((await lost).status, 499);
  for (const answer of first) assert.is((await answer).status, 200);
  const [{ inference_count, inference_stats }] = ((await ask(own, '/v2/models/stats')).json as Statistics).model_stats;
  assert.equal([inference_count, inference_stats.fail.count], [4, 1]);
  const { compute_input, compute_infer, queue } = inference_stats;
  assert.ok([compute_input, compute_infer, queue].every(({ count, ns }) => count === 4 && ns > 0));
  const metrics = new TextDecoder().decode((await ask(own, '/metrics')).bytes);
  assert.match(metrics, /nv_inference_request_failure\{model="digits",version="1",reason="CANCELED"\} 1/);
});

interface Count {
  readonly count: number;
  readonly ns: number;
}

interface Statistics {
  readonly model_stats: {
    readonly inference_count: number;
    readonly inference_stats: Readonly<Record<'fail' | 'queue' | 'compute_input' | 'compute_infer', Count>>;
  }[];
}

test('a model that cannot be loaded does not stop the others', async () => {
  const models = { bad: { source: 'nowhere/at/all' }, good: { source: 'fixtures/beit-digits', threads: 1 } } as const;
  const mixed = createServer({ models });
  const failures = await mixed.load();
  assert.is(failures.length, 1);
  assert.match(failures[0].message, /Cannot load model "bad"/);
  const { status, json } = await ask(mixed, '/v2/models/good/infer', { inputs: [image(SCAN)] });
  assert.is(status, 200, JSON.stringify(json));
  assert.is((await ask(mixed, '/v2/health/ready')).status, 200);
  assert.is((await ask(mixed, '/v2/models/bad/ready')).status, 503);
});

test('a key is asked for, health is open', async () => {
  const locked = await digitsServer({ apiKey: 'secret' });
  assert.is((await ask(locked, '/v2/health/ready')).status, 200);
  assert.is((await ask(locked, '/', SCAN)).status, 401);
  assert.is((await ask(locked, '/', SCAN, { authorization: 'Bearer secret' })).status, 200);
});

test('a full queue is answered with 429 and the time to come back', async () => {
  const small = await digitsServer({ maxQueue: 2 });
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(small, '/', SCAN)));
  const statuses = answers.map(({ status }) => status).sort();
  assert.equal(statuses, [200, 200, 200, 429, 429, 429, 429, 429]);
  assert.ok(
    answers.filter(({ status }) => status === 429).every(({ headers }) => Number(headers.get('retry-after')) >= 1),
  );
});

test('what a full queue cannot take is rejected before its body is read, counted and logged', async () => {
  const lines: RequestLog[] = [];
  const small = await digitsServer({ maxQueue: 1, apiKey: 'secret', log: (line) => lines.push(line) });
  const headers: Record<string, string> = { authorization: 'Bearer secret' };
  const sent = Array.from({ length: 20 }, () => ask(small, '/', SCAN, headers));
  const isFull = () => turnAwayOf(small)({ method: 'POST', path: '/', header: (name) => headers[name] });
  while (!isFull()) await new Promise((resolve) => setImmediate(resolve));
  const unread = (path: string) => {
    const body = new ReadableStream({ pull: () => assert.unreachable('the body was read') }, { highWaterMark: 0 });
    return small.fetch(
      new Request(`http://localhost${path}`, { method: 'POST', body, duplex: 'half', headers } as never),
    );
  };
  const paths = ['/', '/predict?top_k=2', '/v2/models/digits/infer', '/v2/models/digits/versions/1/infer'];
  const early = paths.map(unread);
  const withoutKey = ask(small, '/', SCAN);
  for (const answer of await Promise.all(early)) {
    assert.equal([answer.status, answer.headers.get('x-error-code')], [429, 'Overloaded']);
    assert.ok(Number(answer.headers.get('retry-after')) >= 1);
    assert.is((await answer.json()).error, 'Cannot take the request: 1 requests wait already');
  }
  assert.is((await withoutKey).status, 401, 'a key is asked for first');
  const statuses = (await Promise.all(sent)).map(({ status }) => status);
  assert.ok(statuses.includes(200) && statuses.every((status) => [200, 429].includes(status)), `${statuses}`);
  const { json } = await ask(small, '/v2/models/digits/stats', undefined, headers);
  const [{ inference_stats }] = (json as { model_stats: { inference_stats: { fail: { count: number } } }[] })
    .model_stats;
  assert.is(inference_stats.fail.count, lines.filter(({ code }) => code === 'Overloaded').length);
});

test('a request that asks for more time than the server gives by itself is taken', async () => {
  const hasty = await digitsServer({ timeout: 1, maxQueue: 8 });
  const body = { inputs: [image(SCAN)], parameters: { timeout: 60e6 } };
  const answers = Array.from({ length: 4 }, () => ask(hasty, '/v2/models/digits/infer', body));
  assert.equal(
    (await Promise.all(answers)).map(({ status }) => status),
    [200, 200, 200, 200],
  );
  const { status } = await ask(hasty, '/v2/models/digits/infer', body, { 'request-timeout-ms': '0.001' });
  assert.is(status, 504, 'the shorter one of header and parameter counts');
});

test('a deadline that passes is a 504, and nothing is lost', async () => {
  const answers = await Promise.all(
    Array.from({ length: 3 }, () => ask(server, '/', SCAN, { 'request-timeout-ms': '1' })),
  );
  assert.ok(answers.every(({ status }) => [200, 429, 504].includes(status)));
  assert.ok(answers.some(({ status }) => status !== 200));
  assert.is((await ask(server, '/', SCAN)).status, 200);
});

test('a body beyond the limit is rejected before it is read whole', async () => {
  const small = await digitsServer({ maxBody: 1000 });
  assert.is((await ask(small, '/', new Uint8Array(5000))).status, 413);
  const bomb = await new Response(new Blob([new Uint8Array(1e6)]).stream().pipeThrough(new CompressionStream('gzip')));
  const zipped = new Uint8Array(await bomb.arrayBuffer());
  assert.ok(zipped.length < 1500);
  const headers = { 'content-encoding': 'gzip' };
  assert.is((await ask(small, '/', zipped.subarray(0, 999), headers)).status, 413);
  assert.is((await ask(small, '/', new Uint8Array(9), { 'content-encoding': 'br' })).status, 415);
});

test('while it drains it is not ready, and what runs is answered', async () => {
  const own = await digitsServer();
  const running = ask(own, '/', SCAN);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const drained = own.drain();
  assert.is((await ask(own, '/v2/health/ready')).status, 503);
  assert.is((await running).status, 200);
  await drained;
});

test('every request is logged in one line', async () => {
  const lines: RequestLog[] = [];
  const own = await digitsServer({ log: (line) => lines.push(line) });
  await ask(own, '/', SCAN);
  await ask(own, '/', new Uint8Array([1]));
  assert.equal(
    lines.map(({ status, code }) => [status, code]),
    [
      [200, undefined],
      [400, 'InvalidImage'],
    ],
  );
});

test.run();
