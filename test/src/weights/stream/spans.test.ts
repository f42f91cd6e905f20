import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Receiver, runsOf, type Span, spansOf } from '../../../../src/weights/stream/spans.ts';

const test = suite('weights/spans');
const receiver = (begin: number, end: number, finish = () => {}): Receiver => ({ begin, end, feed: () => {}, finish });
const span = (begin: number, end: number): Span => ({ begin, end, at: 0, receivers: [], last: true });

test('every wanted byte lies in a span, at its place in the storage; without checksums nothing before or behind does', () => {
  const piece = fc.record({ gap: fc.nat({ max: 9 }), size: fc.nat({ max: 12 }), crc: fc.boolean() });
  const want = fc.tuple(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 20 }));
  const property = fc.property(fc.array(piece, { maxLength: 6 }), fc.array(want, { minLength: 1, maxLength: 4 }), run);
  fc.assert(property, { numRuns: 1000, seed: 4 });
});

function run(layout: { gap: number; size: number; crc: boolean }[], wants: [number, number][]): void {
  let at = 0;
  const pieces = layout.map(({ gap, size, crc }) => {
    const begin = at + gap;
    at = begin + size;
    return { begin, end: at, ...(crc ? { crc32: 1 } : {}) };
  });
  // the plain way: the file's byte behind each byte of the storage
  const places = pieces.flatMap(({ begin, end, crc32 }) =>
    Array.from({ length: end - begin }, (_, i) => ({ byte: begin + i, crc32 })),
  );
  const spans = spansOf(
    { pieces },
    wants.map(([begin, size]) => receiver(begin, begin + size)),
  );
  const read = spans.flatMap((s) => Array.from({ length: s.end - s.begin }, (_, i) => [s.at + i, s.begin + i]));
  for (const [index, byte] of read) assert.is(places[index].byte, byte);
  const first = Math.min(...wants.map(([begin]) => begin));
  const last = Math.max(...wants.map(([begin, size]) => begin + size));
  const indices = new Set(read.map(([index]) => index));
  for (let i = first; i < Math.min(last, places.length); i++) assert.ok(indices.has(i), `byte ${i} of the storage`);
  for (const i of indices) assert.ok((i >= first && i < last) || places[i].crc32 !== undefined);
  for (const s of spans)
    if (s.crc32 !== undefined)
      assert.ok(
        pieces.some((p) => p.begin === s.begin && p.end === s.end),
        'whole pieces',
      );
  assert.equal(
    spans.map((s) => s.last),
    spans.map((_, i) => i === spans.length - 1),
  );
}

test('who wants only bytes that the storage does not have is finished at once', () => {
  let finished = 0;
  const late = receiver(8, 12, () => finished++);
  assert.equal(spansOf({ pieces: [{ begin: 100, end: 108 }] }, [late]), []);
  assert.is(finished, 1);
  spansOf({ pieces: [{ begin: 100, end: 109 }] }, [late]);
  assert.is(finished, 1, 'one byte of it is read first');
});

test('spans up to 4096 bytes apart are one run; a wider gap, or a way back, begins another', () => {
  const lengths = (...spans: Span[]) => runsOf(spans).map((run) => run.length);
  assert.equal(lengths(span(0, 10), span(10, 20), span(20 + 4096, 5000)), [3]);
  assert.equal(lengths(span(0, 10), span(10 + 4097, 5000), span(5000, 5001)), [1, 2]);
  assert.equal(lengths(span(50, 60), span(0, 10)), [1, 1]);
  assert.equal(lengths(span(0, 10), span(9, 20)), [1, 1], 'overlapping');
  assert.equal(lengths(), []);
});

test.run();
