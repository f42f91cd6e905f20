import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ACTIVATIONS } from '../../../../../src/activations.ts';
import { ACTIVATION_ALIASES, CONFIG_FIELDS } from '../../../../../src/model/beit/config/configFields.ts';

const test = suite('model/beit/configFields');

const ones = (count: number) => Array(count).fill(1);

/** By what is expected: values at the edges that are accepted, and some that are not. */
const EDGES: Readonly<Record<string, { yes: unknown[]; no: unknown[] }>> = {
  'a positive integer': { yes: [1, 2 ** 53 - 1], no: [0, -1, 1.5, '1', true, null, 2 ** 53] },
  'an integer from 1 to 10000': { yes: [1, 10_000], no: [0, 10_001, 1.5, '12'] },
  'an integer from 0 to 10000': { yes: [0, 7, 10_000], no: [-1, 0.5, '0', null, 10_001, 1e9] },
  'an integer from 0 to 10000, or null': { yes: [null, 0, 5], no: [-1, '1', undefined] },
  'tokens, pooled, none or null': { yes: [null, 'tokens', 'pooled', 'none'], no: ['', true, 'cls', undefined] },
  'an integer': { yes: [-100, 0, 255], no: [0.5, '1', Number.NaN, null] },
  'true or false': { yes: [true, false], no: [0, 1, 'true', null] },
  'a finite number': { yes: [-1, 0, 0.4], no: [Number.NaN, Number.POSITIVE_INFINITY, '1', null] },
  'a number from 0 to 1': { yes: [0, 0.5, 1], no: [-0.1, 1.1, Number.NaN, true, '0.5'] },
  'a number of 0 or more': { yes: [0, 1e-12], no: [-1e-12, Number.POSITIVE_INFINITY, '0'] },
  'a list of 1 to 1000 positive integers': {
    yes: [[1], [1, 2, 3, 6], ones(1000)],
    no: [[], [0], [1.5], 3, '12', null, ones(1001)],
  },
  'a positive integer or [height, width]': { yes: [224, [224, 384]], no: [[224], [1, 2, 3], [0, 1], 0, '224', null] },
  'a list of at most 1000 integers or null': { yes: [null, [], [-1, 3]], no: [[0.5], 3, ['1'], undefined, ones(1001)] },
  'a list of at most 1000 strings or null': { yes: [null, [], ['stem']], no: [[1], 'stem', undefined] },
};

test('every field takes its default and what it says, and nothing else', () => {
  const unused = new Set(Object.keys(EDGES));
  for (const [name, , fallback, { expected, accepts }] of CONFIG_FIELDS) {
    assert.ok(accepts(fallback), `${name}: ${fallback}`);
    if (name === 'hiddenAct') continue;
    for (const value of EDGES[expected].yes) assert.ok(accepts(value), `${name}: ${JSON.stringify(value)}`);
    for (const value of EDGES[expected].no) assert.not(accepts(value), `${name}: ${JSON.stringify(value)}`);
    unused.delete(expected);
  }
  assert.equal([...unused], []);
});

test('names in files are the same in snake case, and none is there twice', () => {
  for (const [name, hubName] of CONFIG_FIELDS) {
    assert.is(
      hubName,
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
  }
  assert.is(new Set(CONFIG_FIELDS.map(([name]) => name)).size, CONFIG_FIELDS.length);
});

test('an activation is one that a linear layer applies, or another name of one', () => {
  const [, , , { expected, accepts }] = CONFIG_FIELDS.find(([name]) => name === 'hiddenAct')!;
  for (const name of [...ACTIVATIONS, ...Object.keys(ACTIVATION_ALIASES)]) {
    assert.ok(accepts(name) && expected.includes(name), name);
  }
  for (const name of Object.values(ACTIVATION_ALIASES)) {
    assert.ok(name === 'store' || (ACTIVATIONS as readonly string[]).includes(name), name);
  }
  for (const wrong of ['store', 'add', 'GELU', '', 'constructor', null, 3]) assert.not(accepts(wrong), `${wrong}`);
});

test.run();
