import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addEmbed } from '../../../src/cli/embed.ts';
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

test.run();
