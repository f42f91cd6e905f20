import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bodyChunks } from '../../../../src/hub/http/bodyChunks.ts';
import { connectionOf } from '../../../../src/hub/http/connection.ts';
import { AttemptFailed } from '../../../../src/hub/http/retry.ts';
import { IDLE_BYTES } from '../../../../src/hub/http/timing.ts';
import { refused } from '../../refused.ts';

const test = suite('hub/bodyChunks');
const later = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** An answer with this body, and whether it was closed. */
function answerOf(body: BodyInit | null) {
  const seen = { closed: false };
  const close = () => void (seen.closed = true);
  return {
    answer: { response: new Response(body), announced: new Map(), crossOrigin: false, hidden: false, close },
    seen,
  };
}

function streamed(pull: (controller: ReadableStreamDefaultController<Uint8Array>, nth: number) => unknown) {
  let nth = 0;
  return new ReadableStream<Uint8Array>({ pull: (controller) => pull(controller, nth++) as Promise<void> });
}

/** Sizes of the chunks that come, each taken `slowly` ms. */
async function sizes(
  body: BodyInit | null,
  { idle = 1000, signal = undefined as AbortSignal | undefined, slowly = 0 } = {},
) {
  const { answer, seen } = answerOf(body);
  const got: number[] = [];
  try {
    for await (const chunk of bodyChunks(connectionOf({ signal, timing: { idle } }), answer)) {
      got.push(chunk.length);
      if (slowly) await later(slowly);
    }
  } finally {
    assert.is(seen.closed, body !== null, 'the transfer is ended');
  }
  return got;
}

test('chunks come as they are, an empty body brings none', async () => {
  const three = streamed((controller, nth) =>
    nth < 3 ? controller.enqueue(new Uint8Array(nth + 1)) : controller.close(),
  );
  assert.equal(await sizes(three), [1, 2, 3]);
  assert.equal(await sizes(null), []);
  assert.equal(await sizes(new Uint8Array(0)), []);
});

test('a body that breaks may be tried again, and says why', async () => {
  const broken = streamed((controller, nth) => {
    if (nth > 0) throw new TypeError('terminated');
    controller.enqueue(new Uint8Array(9));
  });
  const error = await sizes(broken).catch((thrown) => thrown);
  assert.instance(error, AttemptFailed);
  assert.equal([error.error.code, error.error.message], ['Network', 'The transfer broke: terminated']);
});

test('silence, and a drip too thin, are given up after the idle time', async () => {
  const drip = (size: number, ms: number) =>
    streamed(async (controller, nth) => {
      await later(ms);
      if (nth === 12) controller.close();
      else controller.enqueue(new Uint8Array(size));
    });
  for (const body of [streamed(() => new Promise(() => {})), drip(1, 20)]) {
    const error = await sizes(body, { idle: 100 }).catch((thrown) => thrown);
    assert.instance(error, AttemptFailed);
    assert.match(error.error.message, /fewer than 1024 bytes came within 100 ms/);
  }
  assert.is((await sizes(drip(IDLE_BYTES, 50), { idle: 400 })).length, 12, 'slow and steady');
});

test('the time that the reader takes does not count', async () => {
  const body = streamed((controller, nth) => (nth < 5 ? controller.enqueue(new Uint8Array(1)) : controller.close()));
  assert.is((await sizes(body, { idle: 150, slowly: 50 })).length, 5);
});

test('an abort while the body is silent is an abort at once', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort('enough'), 20);
  const silent = streamed(() => new Promise(() => {}));
  const started = performance.now();
  const error = await refused(sizes(silent, { idle: 20_000, signal: controller.signal }), 'Aborted');
  assert.is(error.cause, 'enough');
  assert.ok(performance.now() - started < 5000);
});

test.run();
