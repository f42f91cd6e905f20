import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BeitError } from '../../src/errors.ts';
import { evaluate } from '../../src/train/evaluate.ts';
import { evaluationSvg } from '../../src/train/evaluationSvg.ts';
import { evaluateLogits } from '../../src/train/metrics.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/evaluate');
const DIGITS = 'fixtures/beit-digits';

test('figures of each class by hand: 4 examples of a, 2 of b, none of c', () => {
  const logits = Float32Array.from([5, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0, 5, 0, 5, 0, 5, 0, 0]);
  const { accuracy, confusion, perClass } = evaluateLogits(logits, [0, 0, 0, 0, 1, 1], ['a', 'b', 'c']);
  assert.is(accuracy, 0.5);
  assert.equal(confusion, [
    [2, 1, 1],
    [1, 1, 0],
    [0, 0, 0],
  ]);
  assert.equal(perClass, [
    { name: 'a', examples: 4, precision: 2 / 3, recall: 0.5, f1: 4 / 7 },
    { name: 'b', examples: 2, precision: 0.5, recall: 0.5, f1: 0.5 },
    { name: 'c', examples: 0, precision: 0, recall: 1, f1: 0 },
  ]);
});

test('the digits model is right on 100 scans, one thread or two', async () => {
  const scans = await digitExamples(0, 100);
  const seen: number[] = [];
  const [one, two] = await Promise.all(
    [1, 2].map((threads) =>
      evaluate(DIGITS, scans, { threads, batchSize: 7, onEvaluating: ({ done }) => void seen.push(done) }),
    ),
  );
  assert.is(one.accuracy, 1);
  assert.equal(one, two);
  assert.is(seen.filter((done) => done === 100).length, 2);
  assert.is(
    one.perClass.reduce((sum, { examples }) => sum + examples, 0),
    100,
  );
});

test('pictures that cannot be read, and labels that are not classes', async () => {
  const [scan] = await digitExamples(0, 1);
  const bad = { image: new Uint8Array(4), label: '3', name: 'bad' };
  const { skipped, accuracy } = await evaluate(DIGITS, [scan, bad], { threads: 1 });
  assert.equal([skipped.map(({ name }) => name), accuracy], [['bad'], 1]);
  const errors: [unknown[], object, string, RegExp][] = [
    [[scan, bad], { onBadPicture: 'throw' }, 'InvalidImage', /./],
    [[bad], {}, 'InvalidArgument', /none of the 1 pictures can be read/],
    [[{ ...scan, label: 'x' }], {}, 'InvalidArgument', /expected one of 10 classes, got "x"/],
    [[{ ...scan, label: 10 }], {}, 'InvalidArgument', /expected one of 10 classes, got 10/],
  ];
  for (const [data, options, code, message] of errors) {
    const error = await evaluate(DIGITS, data as never, { threads: 1, ...options }).then(
      () => null,
      (thrown: BeitError) => thrown,
    );
    assert.is(error?.code, code);
    assert.match(error!.message, message);
  }
});

test('the drawing has every count and name, and names cannot break it', () => {
  const names = ['<cat> & "dog"', `${'long '.repeat(9)}\u0007`];
  const evaluation = evaluateLogits(Float32Array.from([5, 0, 0, 5, 0, 5]), [0, 0, 1], names);
  const svg = evaluationSvg(evaluation, 'A & B');
  assert.match(svg, /^<svg [^>]*viewBox="0 0 [\d.]+ [\d.]+"[\s\S]*<\/svg>\n$/);
  assert.ok(svg.includes('&lt;cat&gt; &amp; &quot;dog&quot;') && svg.includes('A &amp; B: 66.7 % of 3 right'));
  assert.is(svg.match(/<text [^>]*text-anchor="middle">1<\/text>/g)?.length, 3);
  assert.not.match(svg, /\p{Cc}(?<!\n)/u);
});

test.run();
