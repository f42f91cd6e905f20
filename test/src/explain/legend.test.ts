import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { eachTextPixel, GLYPH } from '../../../src/explain/glyphs.ts';
import { withLegend } from '../../../src/explain/legend.ts';
import type { Rgb } from '../../../src/explain/overlay.ts';

const test = suite('explain/legend');
const RED: Rgb = [250, 0, 0];
const BLUE: Rgb = [0, 0, 250];
const picture = (width: number, height: number) => ({
  data: new Uint8ClampedArray(4 * width * height).fill(77),
  width,
  height,
});

/** What a text looks like, row by row. */
function drawn(text: string): string[] {
  const rows = Array.from({ length: GLYPH.height }, () => new Array<string>(text.length * (GLYPH.width + 1)).fill('.'));
  eachTextPixel(text, (x, y) => {
    rows[y][x] = '#';
  });
  return rows.map((row) => row.join(''));
}

test('letters look as they are drawn, and hang below the line', () => {
  const text = 'Tg';
  const rows = ['#####.......', '..#.........', '..#....####.', '..#...#...#.', '..#...#...#.', '..#....####.'];
  assert.equal(drawn(text), [...rows, '..#.......#.', '.......###..']);
});

test('each printable character of labels has a glyph of its own', () => {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,-_/()%&:;+?!'";
  const glyphs = new Set([...characters].map((character) => drawn(character).join('\n')));
  assert.is(glyphs.size, characters.length);
  assert.equal(drawn('é'), drawn('?'));
  assert.not.match(drawn(' ').join(''), /#/);
});

test('the picture stays, and each color is found below it once', () => {
  const entries = [
    { color: RED, label: 'wall' },
    { color: BLUE, label: 'sky' },
  ];
  const { data, width, height } = withLegend(picture(200, 50), entries);
  assert.is(width, 200);
  assert.ok(height > 50);
  assert.is(data.length, 4 * width * height);
  assert.ok(data.subarray(0, 4 * 200 * 50).every((value) => value === 77));
  const pixels = Array.from({ length: width * height }, (_, i) => data.slice(4 * i, 4 * i + 3).join());
  for (const { color } of entries) {
    const places = pixels.flatMap((pixel, i) => (pixel === color.join() ? [i] : []));
    assert.is(places.length, 14 * 14, 'a square inside of its edge');
    assert.ok(places.every((i) => i >= 200 * 50));
  }
});

test('many classes are in columns, and a label that is too long is cut at the edge', () => {
  const few = withLegend(picture(400, 10), [{ color: RED, label: 'a' }]);
  const entries = Array.from({ length: 7 }, () => ({ color: RED, label: 'a' }));
  assert.is(withLegend(picture(400, 10), entries).height, few.height, 'seven short ones fit into a row');
  assert.ok(withLegend(picture(100, 10), entries).height > few.height);
  const long = withLegend(picture(100, 10), [{ color: RED, label: 'screen door, with a very long name' }]);
  assert.equal([long.width, long.data.length], [100, 4 * 100 * long.height]);
  assert.is(withLegend(picture(3, 3), [{ color: RED, label: 'wall' }]).width, 3);
});

test.run();
