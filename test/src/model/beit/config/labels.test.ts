import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { labelsByLogit, readLabels } from '../../../../../src/model/beit/config/labels.ts';

const test = suite('model/beit/labels');

test('gaps of the 22k checkpoints are closed, the id stays', () => {
  // like microsoft's: the list of 21843 without 9205 and 15027, keys not renumbered
  const json: Record<string, string> = {};
  for (let i = 0; i < 21843; i++) if (i !== 9205 && i !== 15027) json[i] = `n${i}`;
  const labels = labelsByLogit(readLabels(json));
  assert.is(labels.length, 21841);
  assert.equal(labels[9204], { id: 9204, label: 'n9204' });
  assert.equal(labels[9205], { id: 9206, label: 'n9206' });
  assert.equal(labels[15025], { id: 15026, label: 'n15026' });
  assert.equal(labels[15026], { id: 15028, label: 'n15028' });
  assert.equal(labels[21840], { id: 21842, label: 'n21842' });
});

test('labels without gaps stay where they are', () => {
  assert.equal(labelsByLogit({ 1: 'b', 0: 'a' }), [
    { id: 0, label: 'a' },
    { id: 1, label: 'b' },
  ]);
});

test.run();
