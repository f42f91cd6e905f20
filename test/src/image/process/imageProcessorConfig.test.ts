import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ImageProcessor } from '../../../../src/image/process/imageProcessor.ts';
import { FIELDS, snakeCase, splitJson, withOptions } from '../../../../src/image/process/imageProcessorConfig.ts';
import { refused } from '../../refused.ts';

const test = suite('image/imageProcessorConfig');
const defaults = new ImageProcessor().config;

test('options lie over the defaults, which stay as they were', () => {
  const before = structuredClone(defaults);
  const config = withOptions(defaults, { size: [3, 4], resample: 0, imageMean: 0.25, doResize: false });
  const expected = {
    size: { height: 3, width: 4 },
    resample: 'nearest',
    imageMean: [0.25, 0.25, 0.25],
    doResize: false,
  };
  assert.equal(config, { ...before, ...expected });
  assert.equal(defaults, before);
});

test('undefined and null mean the default, and fields that do not exist nothing', () => {
  const nothing = Object.fromEntries(FIELDS.map((field, i) => [field, i % 2 ? undefined : null]));
  assert.equal(withOptions(defaults, { ...nothing, shade: 3 }), defaults);
});

test('every field is checked, by the name that files give it', async () => {
  assert.equal([...FIELDS].sort(), Object.keys(defaults).sort());
  for (const field of FIELDS) {
    const message = new RegExp(`expected ${snakeCase(field)} to be .*got "none"`);
    await refused(() => withOptions(defaults, { [field]: 'none' }), 'InvalidConfig', message);
  }
});

test('names in files are snake case', () => {
  assert.equal(['size', 'doCenterCrop', 'imageMean'].map(snakeCase), ['size', 'do_center_crop', 'image_mean']);
});

test('a file is split into the fields known here and the others, nothing checked yet', () => {
  const json = { do_resize: 'x', image_std: [1], feature_extractor_type: 'Y', doResize: 3, nested: { size: 1 } };
  assert.equal(splitJson(json), {
    options: { doReduceLabels: undefined, doResize: 'x', imageStd: [1] },
    others: { feature_extractor_type: 'Y', doResize: 3, nested: { size: 1 } },
  });
});

test('reduce_labels is the old name of do_reduce_labels, which goes before it', () => {
  const reduce = (json: object) => splitJson(json).options.doReduceLabels;
  assert.is(reduce({ reduce_labels: true }), true);
  assert.is(reduce({ do_reduce_labels: false, reduce_labels: true }), false);
  assert.equal(splitJson({ reduce_labels: true }).others, {});
});

test('a switch that is null in a file is off, another field that is null at its default', () => {
  // BeitImageProcessor.from_dict({'do_resize': None, …}) leaves the picture at its size, in transformers 4.57 and 5.18
  const file = { do_resize: null, do_center_crop: null, do_rescale: null, do_normalize: null, size: null };
  const off = { doResize: false, doCenterCrop: false, doRescale: false, doNormalize: false };
  assert.equal(withOptions(defaults, splitJson(file).options), { ...defaults, ...off });
});

test('what is no object is refused', async () => {
  for (const [json, found] of [
    [null, 'null'],
    [[1], 'a list'],
    ['x', 'string'],
    [3, 'number'],
  ]) {
    const { message } = await refused(() => splitJson(json), 'InvalidConfig', /expected an object/);
    assert.ok(message.endsWith(`got ${found}`), message);
  }
});

test.run();
