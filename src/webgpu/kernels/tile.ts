// Products in tiles: a workgroup of 8 × 8 threads brings a tile of x and one of W to shared memory, some vectors of four along k
// at a time, and each thread adds up a block of 4 × 4 sums, or of 8 × 8, in registers.
import type { Kernel } from '../kernel.ts';

/** Rows and columns of a tile: in one of 64, a value that is brought serves twice as many products as in one of 32. */
export type TileSize = 32 | 64;

/** How many tiles of 64 there must be: with fewer, most of a GPU has nothing to do. */
const LEAST_TILES = 32;
/** How much more a product in tiles of 64 may compute beyond its edges. */
const MOST_WASTE = 1.25;

/** The size for a product of m × n. */
export function tileSize(m: number, n: number): TileSize {
  const tiles = (size: number) => Math.ceil(m / size) * Math.ceil(n / size);
  return tiles(64) >= LEAST_TILES && 4 * tiles(64) <= MOST_WASTE * tiles(32) ? 64 : 32;
}

/** What the elements of both tiles are, where they come from, and what becomes of a sum. */
export interface Operands extends Pick<Kernel, 'data' | 'weights'> {
  /** `u32` are four signed bytes. */
  readonly element: 'f32' | 'f16' | 'u32';
  /**
   * `base_of(row)`, `input_four(base, at)` and `weight_four(col, at)`: four elements along k from `at` on, a multiple of four, with
   * zeros beyond k and n; `put_four(row, col, sums)` stores the results of four columns.
   */
  readonly functions: string;
}

/** The fields that `functions` and the tile read; addresses and steps between rows and pixels of maps in elements. */
// biome-ignore format: one list
const FIELDS = ['m', 'n', 'k', 'width', 'out', 'outRow', 'outPixel', 'x', 'inRow', 'inPixel', 'channels'];

const FOUR = [0, 1, 2, 3];

/**
 * Sums of four rows at `i` and of four columns at `j`, one row at a time. `b0` to `b3` are four columns, along k; where they are
 * numbers, `c0` to `c3` are the same turned, which costs nothing.
 */
const PRODUCTS: Readonly<Record<Operands['element'], (sum: string, j: number) => string>> = {
  f32: (sum, j) => [...'xyzw'].map((k, p) => `${sum} += a.${k} * c${j}${p};`).join(' '),
  f16: (sum, j) => `${sum} += vec4<f32>(${[...'xyzw'].map((k, p) => `a.${k} * c${j}${p}`).join(' + ')});`,
  u32: (sum, j) => `${sum} += vec4<i32>(${FOUR.map((c) => `dots_of(a, b${j}${c})`).join(', ')});`,
};

/** All products of a thread of four steps of k; sum r of block (i, j) is number 4·(blocks·i + j) + r. */
function products(size: TileSize, element: Operands['element']): string {
  const blocks = Array.from({ length: size / 32 }, (_, i) => i);
  const columns = blocks.flatMap((j) => [
    ...FOUR.map((c) => `let b${j}${c} = cols[at + local.x + ${(c * size) / 4 + 8 * j}u];`),
    ...(element === 'u32'
      ? []
      : [...'xyzw'].map((k, p) => `let c${j}${p} = vec4(${FOUR.map((c) => `b${j}${c}.${k}`)});`)),
  ]);
  const rows = blocks.flatMap((i) =>
    FOUR.map((r) => {
      const sums = blocks.map((j) => PRODUCTS[element](`sums[${4 * (blocks.length * i + j) + r}]`, j));
      return `{ let a = rows[at + local.y + ${(r * size) / 4 + 8 * i}u];\n${sums.join('\n')} }`;
    }),
  );
  return [...columns, ...rows].join('\n');
}

/**
 * All sums of a thread, four at a time. They are chosen by constant indices, for others could keep them out of registers, and in
 * a loop, since what follows is long.
 */
function stores(size: TileSize): string {
  const blocks = size / 32;
  const others = Array.from(
    { length: 4 * blocks ** 2 - 1 },
    (_, i) => `if (i == ${i + 1}u) { four = sums[${i + 1}]; }`,
  );
  return `for (var i = 0u; i < ${4 * blocks ** 2}u; i++) {
    var four = sums[0];
    ${others.join('\n    ')}
    let block = i / 4u;
    let row = firstRow + 32u * (block / ${blocks}u) + 4u * local.y + i % 4u;
    put_four(row, firstCol + 32u * (block % ${blocks}u) + 4u * local.x, four);
  }`;
}

/** A product of all rows of x with all rows of W. The sum over k runs in one order. */
export function tileKernel(name: string, size: TileSize, { element, functions, ...types }: Operands): Kernel {
  const parts = 256 / size;
  return {
    name: `${name} ${size}`,
    fields: FIELDS,
    half: element === 'f16',
    ...types,
    body: `${functions}
/** Vectors of four along k that are in shared memory at a time; from one to the next one more than there are rows, for the banks. */
const PARTS = ${parts}u;
const PITCH = ${size + 1}u;
var<workgroup> rows: array<vec4<${element}>, ${parts * (size + 1)}>;
var<workgroup> cols: array<vec4<${element}>, ${parts * (size + 1)}>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) tile: vec3<u32>,
  @builtin(num_workgroups) tiles: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let firstRow = (tile.y + tile.z * tiles.y) * ${size}u;
  let firstCol = tile.x * ${size}u;
  // this thread brings one vector of every ${64 / parts}th row and column; row r is at place r / 4 of those with the same r % 4, so
  // that what neighbors read side by side is side by side
  let part = thread % PARTS;
  let first = thread / PARTS;
  var bases: array<u32, 4>;
  for (var i = 0u; i < 4u; i++) { bases[i] = base_of(firstRow + first + ${64 / parts}u * i); }
  var sums: array<vec4<${element === 'u32' ? 'i32' : 'f32'}>, ${size ** 2 / 256}>;
  for (var k = 0u; k < p.k; k += 4u * PARTS) {
    for (var i = 0u; i < 4u; i++) {
      let r = first + ${64 / parts}u * i;
      let to = part * PITCH + r % 4u * ${size / 4}u + r / 4u;
      rows[to] = input_four(bases[i], k + 4u * part);
      cols[to] = weight_four(firstCol + r, k + 4u * part);
    }
    workgroupBarrier();
    for (var at = 0u; at < PARTS * PITCH; at += PITCH) {
${products(size, element)}
    }
    workgroupBarrier();
  }
  ${stores(size)}
}`,
  };
}
