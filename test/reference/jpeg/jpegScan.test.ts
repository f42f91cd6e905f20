import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MARKER } from '../../../src/image/jpeg/jpegSegments.ts';
import { refused } from '../../src/refused.ts';
import { bitsOf, bytesOf, PLAIN_CODE } from './bits.ts';
import { encodeDc } from './encodeBlocks.ts';
import { HuffmanTable } from './huffmanTable.ts';
import { allocatePlanes } from './jpegPlanes.ts';
import { readScan } from './jpegScan.ts';
import { emptyTables } from './jpegTables.ts';

const test = suite('reference/jpeg/jpegScan');
interface Options {
  /** Sampling factors of the components, two digits each. */
  readonly factors?: string;
  readonly width?: number;
  readonly progressive?: boolean;
  readonly restartInterval?: number;
}

/** Reads scans of a picture 8 pixels high in which a first coefficient of 1 is one level. */
function scanner({ factors = '11', width = 32, progressive = false, restartInterval = 0 }: Options = {}) {
  const components = factors.split(' ').map(([h, v], id) => ({ id, h: Number(h), v: Number(v), table: 0 }));
  const planes = allocatePlanes({ progressive, width, height: 8, components });
  const table = new HuffmanTable(PLAIN_CODE.counts, PLAIN_CODE.symbols);
  const quantization = [new Int32Array(64).fill(8)];
  const tables = { ...emptyTables(), quantization, dc: [table], ac: [table], restartInterval };
  const read = (header: number[], data: number[] = []) => {
    const bytes = Uint8Array.from([...data, 255, MARKER.end]);
    return readScan(bytes, { marker: MARKER.scan, at: 0, data: Uint8Array.from(header), next: 0 }, planes, tables);
  };
  const levels = (plane: number, ...at: number[]) => at.map((i) => planes.planes[plane].samples[i] - 128);
  return { planes: planes.planes, tables, read, levels };
}

/** Blocks of one level each, the levels coded as differences. */
const coded = (levels: number[]) =>
  encodeDc(
    levels.map((level) => [level]),
    0,
  ).map((dc) => dc + bitsOf(0, 8));
const blocks = (...levels: number[]) => bytesOf(coded(levels).join(''));
const rst = (number: number) => [255, MARKER.restart + number];
const ONE = [1, 0, 0, 0, 63, 0];

/** The levels of the blocks of a gray picture. */
function levels(data: number[], restartInterval = 1, count = 4): number[] {
  const { read, levels } = scanner({ restartInterval, width: 8 * count });
  const next = read(ONE, data);
  assert.ok(next <= data.length, `goes on at ${next} of ${data.length}`);
  return levels(0, ...Array.from({ length: count }, (_, i) => 8 * i));
}

test('blocks follow each other, and the file goes on at the marker behind them', () => {
  const data = blocks(3, -5, -5, 100);
  assert.equal(levels(data, 0), [3, -5, -5, 100]);
  assert.is(scanner().read(ONE, data), data.length);
});

test('a restart begins predictions anew; numbers go round at 8', () => {
  assert.equal(levels([...blocks(1, 2), ...rst(0), ...blocks(3, 4)], 2), [1, 2, 3, 4]);
  const ten = Array.from({ length: 10 }, (_, i) => i + 1);
  assert.equal(
    levels(
      ten.flatMap((level, i) => [...(i ? rst((i - 1) % 8) : []), ...blocks(level)]),
      1,
      10,
    ),
    ten,
  );
});

test('what is lost between restarts is gray, and the rest stays in its place', () => {
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
  const together = scanner({ factors: '22 11' });
  // two MCUs: four blocks of component 0, the lower two of which are padding, and one of component 1
  const [first, second] = [coded([10, 20, 1, 2, 30, 40, 3, 4]), coded([50, 60])];
  const mcus = [...first.slice(0, 4), second[0], ...first.slice(4), second[1]];
  together.read([2, 0, 0, 1, 0, 0, 63, 0], bytesOf(mcus.join('')));
  assert.equal(together.levels(0, 0, 8, 16, 24, 256, 264, 272, 280), [10, 20, 30, 40, 1, 2, 3, 4]);
  assert.equal(together.levels(1, 0, 8), [50, 60]);
  const alone = scanner({ factors: '22 11' });
  const data = blocks(5, 6, 7, 8);
  assert.is(alone.read(ONE, data), data.length);
  assert.equal(alone.levels(0, 0, 8, 16, 24), [5, 6, 7, 8]);
});

test('a progressive scan leaves the blocks that its data do not reach', () => {
  const { planes, read } = scanner({ progressive: true });
  const found = () => [0, 64, 128, 192].map((at) => planes[0].coefficients[at]);
  read([1, 0, 0, 0, 0, 0x01], bytesOf(encodeDc([[3], [4], [5], [6]], 0).join('')));
  assert.equal(found(), [6, 8, 10, 12]);
  read([1, 0, 0, 0, 0, 0x10], [0b10111111]);
  assert.equal(found(), [7, 8, 11, 13]);
  read([1, 0, 0, 0, 0, 0x00]);
  assert.equal(found(), [0, 8, 11, 13], 'the first block read zeros where the data were at their end');
});

test('refuses scans that cannot be', async () => {
  const wrong = (header: number[], message: RegExp, options: Options = {}) =>
    refused(() => scanner(options).read(header), 'InvalidImage', message);
  await wrong([0, 0, 63, 0], /of 0 components/);
  await wrong([5, ...new Array(13).fill(0)], /of 5 components/);
  await wrong([1, 0, 0, 0, 63], /of 1 components/);
  await wrong([1, 7, 0, 0, 63, 0], /of component 7/);
  await wrong([1, 0, 0x01, 0, 63, 0], /AC Huffman table 1/);
  await wrong([1, 0, 0x20, 0, 63, 0], /DC Huffman table 2/);
  await wrong([3, 0, 0, 1, 0, 2, 0, 0, 63, 0], /11 blocks in an MCU/, { factors: '33 11 11' });
  await wrong([2, 1, 0, 1, 0, 0, 0, 0], /a component twice/, { factors: '11 11', progressive: true });
  const { read, tables } = scanner({ factors: '11 11' });
  read([1, 1, 0, 0, 63, 0], blocks(1, 1, 1, 1));
  await refused(() => read([1, 1, 0, 0, 63, 0]), 'InvalidImage', /repeats a component/);
  tables.quantization.length = 0;
  await refused(() => read(ONE), 'InvalidImage', /quantization table 0/);
});

test('refuses bands and precisions that a progressive frame does not have', async () => {
  const wrong = (header: number[]) =>
    refused(() => scanner({ factors: '11 11', progressive: true }).read(header), 'InvalidImage', /of coefficients/);
  const bands = ['0 63', '0 1', '5 4', '1 64'].map((band) => [...band.split(' ').map(Number), 0]);
  const precisions = [0x0e, 0x20, 0x31, 0x11].map((bits) => [1, 5, bits]);
  for (const spectrum of [...bands, ...precisions]) await wrong([1, 0, 0, ...spectrum]);
  await wrong([2, 0, 0, 1, 0, 1, 5, 0]);
});

test.run();
