import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutatePictures } from './mutatedPictures.ts';

const test = suite('image/mutatedPictures');

// test/slow/fuzzPictures.ts does the same 200,000 times
for (const format of ['gif', 'bmp', 'tiff']) {
  test(`mutations of ${format} are decoded or refused, in time and in room`, async () => {
    const { codes } = await mutatePictures(format, 400, 1);
    assert.ok((codes.get('decoded') ?? 0) > 50 && (codes.get('InvalidImage') ?? 0) > 50, JSON.stringify([...codes]));
  });
}

test.run();
