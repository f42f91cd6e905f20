import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Regions } from '../../../src/wasm/regions.ts';

const test = suite('wasm/regions');

const BASE = 6400;

function place(table: Regions, worker: number, bytes: number): number {
  let place = -1;
  table.place(worker, BASE, bytes, (at) => {
    place = at;
  });
  return place;
}

test('regions never meet, begin on multiples of 64, and take the lowest place that is free', () => {
  const table = Regions.create(3);
  assert.equal([place(table, 0, 100), place(table, 1, 64), place(table, 2, 640)], [BASE, BASE + 128, BASE + 192]);
  assert.is(table.end, BASE + 192 + 640);
  assert.is(place(table, 1, 10), BASE + 128, 'what is large enough stays');
  assert.is(place(table, 0, 300), BASE + 832, 'what is too small moves');
  assert.is(place(table, 1, 190), BASE, 'into what another left, if it fits with its own');
  assert.is(table.end, BASE + 832 + 320);
});

test('many moves by chance: no two regions overlap and the end is bounded', () => {
  const table = Regions.create(4);
  const regions = new Map<number, [number, number]>();
  let seed = 1;
  for (let round = 0; round < 2000; round++) {
    seed = (seed * 48271) % 2147483647;
    const [worker, bytes] = [seed % 4, 1 + (seed % 1000)];
    const at = place(table, worker, bytes);
    regions.set(worker, [at, at + bytes]);
    for (const [other, [begin, end]] of regions) {
      assert.ok(other === worker || at >= end || at + bytes <= begin, `${worker} in ${other}`);
    }
  }
  assert.ok(table.end - BASE <= 8 * 1024);
});

test('a region that cannot be had leaves none, and the lock is free', () => {
  const table = Regions.create(2);
  place(table, 0, 64);
  const full = () =>
    table.place(0, BASE, 1 << 20, () => {
      throw new Error('full');
    });
  assert.throws(full, /full/);
  assert.is(place(table, 1, 64), BASE);
  assert.is(place(table, 0, 64), BASE + 64);
});

test('addresses up to 4 GiB fit', () => {
  const table = Regions.create(1);
  const base = 2 ** 32 - 4096;
  table.place(0, base, 4096, (at) => assert.is(at, base));
  assert.is(table.end, 2 ** 32);
});

test('a lock whose holder terminated is given up', () => {
  const table = Regions.create(2);
  table.place(0, BASE, 64, () => {
    table.abandon(0); // as if worker 0 had terminated here
    assert.is(place(table, 1, 64), BASE);
  });
});

test.run();
