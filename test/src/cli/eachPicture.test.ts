import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eachPicture } from '../../../src/cli/eachPicture.ts';
import { reportError } from '../../../src/cli/report.ts';
import { BeitError } from '../../../src/errors.ts';
import { printed } from './printed.ts';

const test = suite('cli/eachPicture');

const work = (done: string[]) => async (image: string) => {
  if (image === 'bad') throw new BeitError('InvalidImage', 'Cannot decode: no picture');
  done.push(image);
};

test('a refused picture is reported and the others are done', async () => {
  const done: string[] = [];
  const text = await printed(() => eachPicture(['a', 'bad', 'b'], false, work(done)));
  assert.equal(done, ['a', 'b']);
  assert.equal(text, { stdout: '', stderr: 'beit: bad: Cannot decode: no picture (InvalidImage)\n', code: 1 });
  const json = await printed(() => eachPicture(['bad'], true, work(done)));
  assert.equal(JSON.parse(json.stdout), {
    image: 'bad',
    error: { code: 'InvalidImage', message: 'Cannot decode: no picture' },
  });
  assert.equal([json.stderr, json.code], ['', 1]);
  assert.is((await printed(() => eachPicture(['a'], false, work(done)))).code, undefined);
});

test('a file that cannot be written is not a refused picture', async () => {
  const refuse = async (image: string) => {
    throw new BeitError(image === 'full' ? 'FileSystem' : 'InvalidImage', 'no');
  };
  assert.is((await printed(() => eachPicture(['full', 'bad'], true, refuse))).code, 3);
});

test('a defect is not taken for a bad picture', async () => {
  const defect = () => Promise.reject(new TypeError('defect'));
  const thrown = await eachPicture(['a'], false, defect).catch((error) => error);
  assert.instance(thrown, TypeError);
  assert.throws(() => reportError(thrown), /defect/);
});

test('an error of the model is one line, and its code says whose fault it was', async () => {
  let codes: number[] = [];
  const { stderr } = await printed(() => {
    codes = [
      reportError(new BeitError('InvalidArgument', 'wrong')),
      reportError(new BeitError('Network', 'no answer')),
    ];
  });
  assert.is(stderr, 'beit: wrong (InvalidArgument)\nbeit: no answer (Network)\n');
  assert.equal(codes, [2, 3]);
});

test.run();
