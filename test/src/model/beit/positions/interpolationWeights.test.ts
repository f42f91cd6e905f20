import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { linearWeights, splineWeights } from '../../../../../src/model/beit/positions/interpolationWeights.ts';

const test = suite('model/beit/interpolationWeights');
const KNOTS = [
  [-3, -2, 0, 1, 4],
  [0, 1, 2, 3],
  [-6.1, -2.9, -1, 0, 1, 2.9, 6.1],
];

/** Σⱼ weights[i][j] · f(position j) for every target. */
const applied = (weights: Float64Array[], positions: number[], f: (x: number) => number) =>
  weights.map((row) => row.reduce((sum, w, j) => sum + w * f(positions[j]), 0));
const between = (positions: number[]) => {
  const [first, last] = [positions[0], positions.at(-1)!];
  return Array.from({ length: 41 }, (_, i) => first + ((last - first) * i) / 40);
};

function near(found: number[], expected: number[], within: number, what: string): void {
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(found[i] - value) <= within * (1 + Math.abs(value)), `${what}: ${found[i]}, expected ${value}`);
  }
}

test('straight lines: what lies between two positions is shared by them', () => {
  for (const positions of KNOTS) {
    const targets = between(positions);
    const weights = linearWeights(positions, targets);
    near(
      applied(weights, positions, (x) => 2 * x - 1),
      targets.map((x) => 2 * x - 1),
      1e-14,
      'a line',
    );
    for (const row of weights) assert.ok(row.filter((w) => w !== 0).length <= 2);
  }
  assert.equal([...linearWeights([0, 1, 3], [1.5])[0]], [0, 0.75, 0.25]);
});

test('beyond the ends, the end; one position serves all', () => {
  for (const weightsOf of [linearWeights, splineWeights]) {
    const [low, high] = weightsOf([0, 1, 3, 4], [-2, 9]);
    assert.equal(
      [[...low], [...high]],
      [
        [1, 0, 0, 0],
        [0, 0, 0, 1],
      ],
      weightsOf.name,
    );
  }
  assert.equal(
    linearWeights([5], [-1, 5, 7]).map((row) => [...row]),
    [[1], [1], [1]],
  );
});

test('the spline goes through its values', () => {
  for (const positions of KNOTS) {
    for (const [i, row] of splineWeights(positions, positions).entries()) {
      assert.equal(row, new Float64Array(positions.length).fill(1, i, i + 1));
    }
  }
});

test('not-a-knot: every cubic is its own spline', () => {
  for (const positions of KNOTS) {
    const targets = between(positions);
    const weights = splineWeights(positions, targets);
    for (const power of [0, 1, 2, 3]) {
      const f = (x: number) => (x / 3 - 0.5) ** power;
      near(applied(weights, positions, f), targets.map(f), 1e-12, `power ${power} over ${positions}`);
    }
  }
});

test('slope and curvature go on over every knot', () => {
  const positions = KNOTS[2];
  const step = 1e-4;
  const f = (x: number) => (x * x) % 3;
  for (const knot of positions.slice(1, -1)) {
    const points = [-2, -1, 0, 1, 2].map((i) => knot + i * step);
    const y = applied(splineWeights(positions, points), positions, f);
    const slopes = [(y[2] - y[1]) / step, (y[3] - y[2]) / step];
    const curvatures = [(y[0] - 2 * y[1] + y[2]) / step ** 2, (y[2] - 2 * y[3] + y[4]) / step ** 2];
    assert.ok(Math.abs(slopes[0] - slopes[1]) < 1e-2, `slopes ${slopes} at ${knot}`);
    assert.ok(Math.abs(curvatures[0] - curvatures[1]) < 1e-2, `curvatures ${curvatures} at ${knot}`);
  }
});

test('the first two pieces are one cubic, and so are the last two', () => {
  for (const positions of KNOTS.filter(({ length }) => length > 4)) {
    const f = (x: number) => (x * x) % 3;
    const third = positions.slice(1).map((end, i) => {
      const step = (end - positions[i]) / 3;
      const points = [0, 1, 2, 3].map((k) => positions[i] + k * step);
      const [a, b, c, d] = applied(splineWeights(positions, points), positions, f);
      return (d - 3 * c + 3 * b - a) / step ** 3;
    });
    near([third[0], third.at(-1)!], [third[1], third.at(-2)!], 1e-9, 'third derivative');
    assert.ok(Math.abs(third[1] - third[2]) > 0.1, 'in between it leaps');
  }
});

test.run();
