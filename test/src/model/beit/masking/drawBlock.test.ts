import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawBlock } from '../../../../../src/model/beit/masking/drawBlock.ts';
import { Random } from '../../../../../src/model/beit/random.ts';

const test = suite('model/beit/drawBlock');

test('area first, then aspect: the numbers of the generator in the published order', () => {
  const limits = { minNumPatches: 16, minAspect: 0.3, maxAspect: 1 / 0.3 };
  const [ours, plain] = [new Random(5), new Random(5)];
  for (let i = 0; i < 500; i++) {
    const { height, width } = drawBlock(ours, limits, 75);
    const area = 16 + 59 * plain.uniform();
    const aspect = 0.3 * (1 / 0.09) ** plain.uniform();
    // a side may be rounded either way only where it is a half, up to what Math.pow is off
    assert.ok(Math.abs(height - Math.sqrt(area * aspect)) <= 0.5 + 1e-9, `${height}, ${area}, ${aspect}`);
    assert.ok(Math.abs(width - Math.sqrt(area / aspect)) <= 0.5 + 1e-9, `${width}, ${area}, ${aspect}`);
  }
});

test('halves are rounded to the even number, all else to the nearest', () => {
  const side = (area: number) => {
    const limits = { minNumPatches: area, minAspect: 1, maxAspect: 1 };
    const { height, width } = drawBlock(new Random(1), limits, area);
    assert.is(height, width);
    return height;
  };
  assert.equal(
    [0.5, 1.5, 2.5, 3.5, 4.5].map((x) => side(x * x)),
    [0, 2, 2, 4, 4],
  );
  assert.equal(
    [0, 0.49, 1, 2.51, 3.49].map((x) => side(x * x)),
    [0, 0, 1, 3, 3],
  );
});

test('the aspect is height to width, and areas below the least come where little is left', () => {
  const tall = { minNumPatches: 16, minAspect: 4, maxAspect: 4 };
  const random = new Random(2);
  const areas = Array.from({ length: 200 }, () => {
    const { height, width } = drawBlock(random, tall, 4);
    assert.ok(height >= 4 && height <= 8 && width >= 1 && width <= 2, `${height} × ${width}`);
    return height * width;
  });
  assert.ok(Math.min(...areas) < 6 && Math.max(...areas) > 14);
});

test.run();
