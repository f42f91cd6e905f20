import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KERNELS } from '../../../../src/image/resample/filterKernels.ts';
import { RESAMPLE_FILTERS } from '../../../../src/image/resample/resampleFilter.ts';

const test = suite('image/resampleFilter');
const kernels = Object.entries(KERNELS);
const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** The definitions, in the words of a textbook. */
const TEXTBOOK: Readonly<Record<string, (x: number) => number>> = {
  bilinear: (x) => 1 - x,
  // Keys 1981 with a = −1/2
  bicubic: (x) => (x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2),
  hamming: (x) => sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)),
  lanczos: (x) => sinc(x) * sinc(x / 3),
  box: () => 1,
};

test('the numbers of the filters are those of Pillow', () => {
  assert.equal(
    [0, 1, 2, 3, 4, 5].map((n) => RESAMPLE_FILTERS[n]),
    ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'],
  );
  assert.equal(kernels.map(([name]) => name).sort(), RESAMPLE_FILTERS.filter((name) => name !== 'nearest').sort());
});

test('each kernel is its formula, alike on both sides, and zero beyond its support', () => {
  for (const [name, { support, at }] of kernels) {
    for (let i = 0; i < 997; i++) {
      const x = (i / 997) * support;
      const tolerance = name === 'hamming' ? 3e-8 : 1e-14; // Pillow's constants are in single precision
      assert.ok(Math.abs(at(x) - TEXTBOOK[name](x)) < tolerance, `${name}(${x}) = ${at(x)}`);
      assert.is(at(-x), at(x), `${name}(${-x})`);
      assert.is(at(support + 1e-9 + x), 0, `${name}(${support + x})`);
      assert.is(at(-support - 1e-9 - x), 0);
    }
  }
});

test('kernels keep the samples they lie on', () => {
  for (const [name, { at }] of kernels) {
    assert.is(at(0), 1, name);
    for (let x = 1; x < 5; x++) for (const side of [-x, x]) assert.ok(Math.abs(at(side)) < 1e-15, `${name}(${side})`);
  }
});

test('of the two samples at its edges the box takes one', () => {
  const { at } = KERNELS.box;
  assert.equal([at(-0.5), at(0.5)], [0, 1]);
});

test.run();
