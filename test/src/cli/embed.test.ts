import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addEmbed, npy } from '../../../src/cli/embed.ts';
import { run } from './printed.ts';

const test = suite('cli/embed');
const SCANS = ['0005-5', '0000-0'].map((name) => `fixtures/beit-digits/scans/${name}.png`);
const folder = mkdtempSync(join(tmpdir(), 'beit-embed-'));
test.after(() => rmSync(folder, { recursive: true }));
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);

test('a row of length 1 for each picture, its own', async () => {
  const { stdout } = await run(addEmbed, 'embed', SCANS[0], SCANS[1], SCANS[0]);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    lines.map(({ image }) => image),
    [SCANS[0], SCANS[1], SCANS[0]],
  );
  const rows = lines.map(({ embedding }) => embedding);
  for (const row of rows) {
    assert.is(row.length, 64);
    assert.ok(Math.abs(dot(row, row) - 1) < 1e-6);
  }
  assert.equal(rows[2], rows[0]);
  assert.ok(dot(rows[0], rows[1]) < 0.99, 'another digit looks elsewhere');
});

test('the NumPy file holds the same bits, a picture a row; a refused one has none', async () => {
  const out = join(folder, 'features.npy');
  const { code, stdout } = await run(addEmbed, 'embed', SCANS[0], 'LICENSE', SCANS[1], '--out', out);
  assert.equal([code, stdout], [1, '']);
  const bytes = readFileSync(out);
  const begin = 10 + bytes.readUInt16LE(8);
  assert.match(
    bytes.toString('latin1', 0, begin),
    /NUMPY.*'descr': '<f4', 'fortran_order': False, 'shape': \(2, 64\)/s,
  );
  assert.is(begin % 64, 0);
  const values = Array.from({ length: 2 * 64 }, (_, i) => bytes.readFloatLE(begin + 4 * i));
  assert.is(bytes.length, begin + 4 * values.length);
  const lines = (await run(addEmbed, 'embed', ...SCANS)).stdout.trimEnd().split('\n');
  assert.equal(
    values,
    lines.flatMap((line) => JSON.parse(line).embedding),
  );
});

/** NumPy's format 1.0, read by its description. */
function parse(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer);
  assert.equal([...bytes.subarray(0, 8)], [0x93, 78, 85, 77, 80, 89, 1, 0], 'magic and version');
  const length = view.getUint16(8, true);
  assert.is((10 + length) % 64, 0, 'data begins on a multiple of 64');
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
  assert.ok(header.endsWith('\n'));
  const values = Array.from({ length: (bytes.length - 10 - length) / 4 }, (_, i) =>
    view.getFloat32(10 + length + 4 * i, true),
  );
  return { header: header.trim(), values };
}

test('rows, one behind the other, also of views', () => {
  const all = new Float32Array([9, 1, 2, 3, 4, 5, 6]);
  const { header, values } = parse(npy([all.subarray(1, 4), all.subarray(4)]));
  assert.is(header, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  assert.equal(values, [1, 2, 3, 4, 5, 6]);
});

test('no rows', () => {
  const { header, values } = parse(npy([]));
  assert.match(header, /'shape': \(0, 0\)/);
  assert.equal(values, []);
});

test.run();
