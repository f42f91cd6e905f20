import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orient } from '../../../src/image/orient.ts';

const test = suite('image/orient');

/** The red values of a b c / d e f, turned. */
function turned(orientation: number): string {
  const data = Uint8Array.from([...'abcdef'].flatMap((letter) => [letter.charCodeAt(0), 0, 0]));
  const image = orient({ data, width: 3, height: 2, channels: 3 }, orientation);
  const letters = String.fromCharCode(...image.data.filter((_, i) => i % 3 === 0));
  return letters.match(new RegExp(`.{${image.width}}`, 'g'))!.join('/');
}

test('turns and mirrors by the eight orientations of EXIF', () => {
  const upright = ['abc/def', 'cba/fed', 'fed/cba', 'def/abc', 'ad/be/cf', 'da/eb/fc', 'fc/eb/da', 'cf/be/ad'];
  upright.forEach((expected, i) => {
    assert.is(turned(i + 1), expected, `orientation ${i + 1}`);
  });
});

test('leaves the picture when the orientation does not exist', () => {
  for (const orientation of [0, 9, -1, 1.5]) assert.is(turned(orientation), 'abc/def');
});

test.run();
