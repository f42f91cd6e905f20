import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { outputName } from '../../../src/cli/outputName.ts';
import { refused } from '../refused.ts';

const test = suite('cli/outputName');

test('beside the picture, unless a name is given', () => {
  assert.is(outputName(undefined, 'a/b/cat.jpeg', 'segments', 3), 'a/b/cat.segments.png');
  assert.is(outputName(undefined, 'cat.png', 'masked', 1), 'cat.masked.png');
  assert.is(outputName(undefined, './x/no.ending.jpg', 'masked', 1), './x/no.ending.masked.png');
  assert.is(outputName('out.png', 'a/cat.png', 'masked', 1), 'out.png');
});

test('one name does not do for two pictures', async () => {
  await refused(() => outputName('out.png', 'cat.png', 'masked', 2), 'InvalidArgument', /2 pictures to "out.png"/);
});

test.run();
