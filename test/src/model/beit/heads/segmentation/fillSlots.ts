import type { Backend, Kinds } from '../../../../../../src/backend.ts';
import type { Grid } from '../../../../../../src/interpolate.ts';
import { allocMap, type Map2d } from '../../../../../../src/model/beit/heads/segmentation/featureMaps.ts';
import type { Parameters } from '../../../../../../src/model/beit/params/parameters.ts';
import { randomFloats } from '../../../../../reference/linear.ts';

/** Fills every slot of `p` with seeded numbers, in chunks of one grain, and gives them by name. */
export function fillSlots(p: Parameters<Kinds>): Record<string, Float32Array> {
  const values: Record<string, Float32Array> = {};
  for (const [i, [name, slot]] of [...p.slots].entries()) {
    const size = slot.shape.reduce((a, b) => a * b, 1);
    const data = randomFloats(size, i + 2).map((v) => (name.endsWith('running_var') ? v * v : v));
    for (let at = 0; at < size; at += slot.grain) slot.put(data.subarray(at, at + slot.grain), at);
    values[name] = data;
  }
  p.finish();
  return values;
}

/** A map of seeded numbers. */
export function randomMap(backend: Backend<Kinds>, grid: Grid, channels: number, seed: number): Map2d {
  const map = allocMap(backend, grid, channels);
  backend.write(map.tensor, randomFloats(grid.height * grid.width * channels, seed));
  return map;
}

/** [channels][height·width] of any map. */
export async function planesOf(backend: Backend<Kinds>, map: Map2d, channels: number): Promise<number[][]> {
  const area = map.height * map.width;
  const out = backend.alloc(channels, area);
  backend.channelsFirst(out, map);
  const data = await backend.read(out);
  return Array.from({ length: channels }, (_, c) => [...data.subarray(c * area, (c + 1) * area)]);
}
