import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkOutput, outputName } from '../../../src/cli/outputName.ts';
import { refused } from '../refused.ts';

const test = suite('cli/outputName');

test('beside the picture, unless a name is given', () => {
  assert.is(outputName(undefined, 'a/b/cat.jpeg', 'segments'), 'a/b/cat.segments.png');
  assert.is(outputName(undefined, 'cat.png', 'masked'), 'cat.masked.png');
  assert.is(outputName(undefined, './x/no.ending.jpg', 'masked'), './x/no.ending.masked.png');
  assert.is(outputName('out.png', 'a/cat.png', 'masked'), 'out.png');
  assert.is(outputName(undefined, 'https://host/a/cat.jpg?size=9', 'masked'), 'cat.masked.png', 'beside no URL');
});

test('one name does not do for two pictures', async () => {
  await refused(() => checkOutput('out.png', ['cat.png', 'dog.png']), 'InvalidArgument', /2 pictures to "out.png"/);
  checkOutput('out.png', ['cat.png']);
  checkOutput(undefined, ['cat.png', 'dog.png']);
});

test.run();
