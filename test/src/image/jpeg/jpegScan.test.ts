import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HuffmanTable } from '../../../../src/image/jpeg/huffmanTable.ts';
import { allocatePlanes } from '../../../../src/image/jpeg/jpegPlanes.ts';
import { readScan } from '../../../../src/image/jpeg/jpegScan.ts';
import { MARKER } from '../../../../src/image/jpeg/jpegSegments.ts';
import { emptyTables } from '../../../../src/image/jpeg/jpegTables.ts';
import { refused } from '../../refused.ts';
import { bitsOf, bytesOf, PLAIN_CODE, signedBits } from './bits.ts';

const test = suite('image/jpeg/jpegScan');
const END = [255, MARKER.end];

interface Scan {
  readonly header: number[];
  readonly data?: number[];
  readonly factors?: [h: number, v: number][];
  readonly progressive?: boolean;
  readonly restartInterval?: number;
}

/** Reads scans of a picture of 32 × 8 pixels in which a first coefficient of 1 is one level. */
function scanner({ factors = [[1, 1]], progressive = false, restartInterval = 0 }: Omit<Scan, 'header'>) {
  const components = factors.map(([h, v], id) => ({ id, h, v, table: 0 }));
  const planes = allocatePlanes({ progressive, width: 32, height: 8, components });
  const table = new HuffmanTable(PLAIN_CODE.counts, PLAIN_CODE.symbols);
  const tables = {
    ...emptyTables(),
    quantization: [new Int32Array(64).fill(8)],
    dc: [table],
    ac: [table],
    restartInterval,
  };
  const read = (header: number[], data: number[]) => {
    const bytes = Uint8Array.from([...data, ...END]);
    return readScan(bytes, { marker: MARKER.scan, at: 0, data: Uint8Array.from(header), next: 0 }, planes, tables);
  };
  return { planes: planes.planes, tables, read };
}

const scan = (options: Scan) => scanner(options).read(options.header, options.data ?? []);

/** Blocks of one level each, the levels coded as differences. */
function blocks(...levels: number[]): number[] {
  let last = 0;
  const bits = levels.map((level) => {
    const { size, bits } = signedBits(level - last);
    last = level;
    return bitsOf(size, 8) + bits + bitsOf(0, 8);
  });
  return bytesOf(bits.join(''));
}
const rst = (number: number) => [255, MARKER.restart + number];
const ONE = [1, 0, 0, 0, 63, 0];

/** The levels of the four blocks of a grey picture. */
function levels(data: number[], restartInterval = 1): number[] {
  const { planes, read } = scanner({ restartInterval });
  const next = read(ONE, data);
  assert.ok(next <= data.length, `goes on at ${next} of ${data.length}`);
  return [0, 8, 16, 24].map((x) => planes[0].samples[x] - 128);
}

test('blocks follow each other, and the file goes on at the marker behind them', () => {
  const data = blocks(3, -5, -5, 100);
  assert.equal(levels(data, 0), [3, -5, -5, 100]);
  assert.is(scan({ header: ONE, data }), data.length);
});

test('a restart begins predictions anew; numbers go round at 8', () => {
  assert.equal(levels([...blocks(1, 2), ...rst(0), ...blocks(3, 4)], 2), [1, 2, 3, 4]);
  assert.equal(
    levels([...blocks(1), ...rst(0), ...blocks(2), ...rst(1), ...blocks(3), ...rst(2), ...blocks(4)]),
    [1, 2, 3, 4],
  );
});

test('what is lost between restarts is grey, and the rest stays in its place', () => {
  const [b1, b2, b3, b4] = [1, 2, 3, 4].map((level) => blocks(level));
  assert.equal(levels([...b1, ...rst(1), ...b3, ...rst(2), ...b4]), [1, 0, 3, 4], 'one marker is missing');
  assert.equal(levels([...b1, ...rst(2), ...b4]), [1, 0, 0, 4], 'two are');
  assert.equal(
    levels([...b1, ...rst(0), ...b2, ...rst(0), ...blocks(99), ...rst(1), ...b3, ...rst(2), ...b4]),
    [1, 2, 3, 4],
    'an old marker',
  );
  assert.equal(levels([...b1, ...rst(0), ...b2]), [1, 2, 0, 0], 'the file ends early');
  assert.equal(levels(blocks(8, 16), 0), [8, 16, 16, 0], 'the block that runs out reads zeros, the next one nothing');
  assert.equal(levels([]), [0, 0, 0, 0], 'no data at all');
});

test('in an MCU each component has h × v blocks, alone it has its own ones without padding', () => {
  const factors: [number, number][] = [
    [2, 2],
    [1, 1],
  ];
  const { planes, read } = scanner({ factors });
  // two MCUs, each four blocks of component 0, of which the lower two are padding, and one of component 1
  const bits = [10, 20, 1, 2, 50, 30, 40, 3, 4, 60];
  let [first, second] = [0, 0];
  const coded = bits.map((level, i) => {
    const isSecond = i % 5 === 4;
    const { size, bits } = signedBits(level - (isSecond ? second : first));
    if (isSecond) second = level;
    else first = level;
    return bitsOf(size, 8) + bits + bitsOf(0, 8);
  });
  read([2, 0, 0, 1, 0, 0, 63, 0], bytesOf(coded.join('')));
  const found = (plane: number, ...at: number[]) => at.map((i) => planes[plane].samples[i] - 128);
  assert.equal(found(0, 0, 8, 16, 24, 256, 264, 272, 280), [10, 20, 30, 40, 1, 2, 3, 4]);
  assert.equal(found(1, 0, 8), [50, 60]);
  const alone = scanner({ factors });
  const data = blocks(5, 6, 7, 8);
  assert.is(alone.read(ONE, data), data.length);
  assert.equal(
    [0, 8, 16, 24].map((x) => alone.planes[0].samples[x] - 128),
    [5, 6, 7, 8],
  );
});

test('a progressive scan keeps what it does not reach', () => {
  const { planes, read } = scanner({ progressive: true });
  const dc = (...levels: number[]) =>
    bytesOf(levels.map((v) => bitsOf(signedBits(v).size, 8) + signedBits(v).bits).join(''));
  read([1, 0, 0, 0, 0, 0x01], dc(3, 1, 1, 1));
  read([1, 0, 0, 0, 0, 0x10], [0b10111111, ...END]);
  assert.equal(
    [0, 64, 128, 192].map((at) => planes[0].coefficients[at]),
    [7, 8, 11, 13],
  );
});

test('refuses scans that cannot be', async () => {
  const three: [number, number][] = [
    [1, 1],
    [1, 1],
    [1, 1],
  ];
  const wrong = (header: number[], message: RegExp, options: Omit<Scan, 'header'> = {}) =>
    refused(() => scan({ header, ...options }), 'InvalidImage', message);
  await wrong([0, 0, 63, 0], /of 0 components/);
  await wrong([5, ...new Array(13).fill(0)], /of 5 components/);
  await wrong([1, 0, 0, 0, 63], /of 1 components/);
  await wrong([1, 7, 0, 0, 63, 0], /of component 7/);
  await wrong([1, 0, 0x01, 0, 63, 0], /AC Huffman table 1/);
  await wrong([1, 0, 0x20, 0, 63, 0], /DC Huffman table 2/);
  const large: [number, number][] = [
    [3, 3],
    [1, 1],
    [1, 1],
  ];
  await wrong([3, 0, 0, 1, 0, 2, 0, 0, 63, 0], /11 blocks in an MCU/, { factors: large });
  const { read, tables } = scanner({ factors: three });
  read([1, 1, 0, 0, 63, 0], blocks(1, 1, 1, 1));
  await refused(() => read([1, 1, 0, 0, 63, 0], []), 'InvalidImage', /repeats a component/);
  tables.quantization.length = 0;
  await refused(() => read([1, 2, 0, 0, 63, 0], []), 'InvalidImage', /quantisation table 0/);
  await wrong([2, 1, 0, 1, 0, 0, 0, 0], /a component twice/, { factors: three, progressive: true });
});

test('refuses bands and precisions that a progressive frame does not have', async () => {
  const options = {
    factors: [
      [1, 1],
      [1, 1],
    ] as [number, number][],
    progressive: true,
  };
  for (const [from, to, bits] of [
    [0, 63, 0],
    [0, 1, 0],
    [5, 4, 0],
    [1, 64, 0],
    [1, 5, 0x0e],
    [1, 5, 0x20],
    [0, 0, 0x31],
    [0, 0, 0x01 + 0x10],
  ]) {
    await refused(() => scan({ header: [1, 0, 0, from, to, bits], ...options }), 'InvalidImage', /of coefficients/);
  }
  await refused(() => scan({ header: [2, 0, 0, 1, 0, 1, 5, 0], ...options }), 'InvalidImage', /of coefficients 1 to 5/);
});

test.run();
