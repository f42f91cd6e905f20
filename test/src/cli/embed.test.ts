import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { npy } from '../../../src/batch/npy.ts';
import { addEmbed } from '../../../src/cli/embed.ts';
import { openParquet } from '../../../src/cli/embedParquet.ts';
import { refused } from '../refused.ts';
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

/** The rows of a NumPy file of 64 columns. */
function rowsOf(path: string): Float32Array[] {
  const bytes = readFileSync(path);
  assert.match(
    bytes.toString('latin1', 0, 128),
    /NUMPY.*'descr': '<f4', 'fortran_order': False, 'shape': \(\d+, 64\)/s,
  );
  const count = Number(/\((\d+), 64\)/.exec(bytes.toString('latin1', 0, 128))![1]);
  assert.is(bytes.length, 128 + 256 * count);
  return Array.from(
    { length: count },
    (_, i) => new Float32Array(bytes.buffer.slice(bytes.byteOffset + 128 + 256 * i, bytes.byteOffset + 384 + 256 * i)),
  );
}

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('the NumPy file holds the same bits, a picture a row, names beside them; a refused one is a row of NaN', async () => {
  const out = join(folder, 'features.npy');
  const { code, stdout, stderr } = await run(addEmbed, 'embed', SCANS[0], 'LICENSE', SCANS[1], '--out', out);
  assert.equal([code, stdout], [1, '']);
  assert.match(stderr, /^beit: LICENSE: .*\(InvalidImage\)\n$/);
  const rows = rowsOf(out);
  const printed = (await run(addEmbed, 'embed', ...SCANS)).stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(
    [[...rows[0]], [...rows[2]]],
    printed.map(({ embedding }) => embedding),
  );
  assert.ok(rows[1].every(Number.isNaN));
  const names = linesOf(join(folder, 'features.names.jsonl'));
  assert.equal(
    names.map(({ image }) => image),
    [SCANS[0], 'LICENSE', SCANS[1]],
  );
  assert.equal(
    names.map(({ error }) => error?.code),
    [undefined, 'InvalidImage', undefined],
  );
});

test('folders, globs and lists name pictures', async () => {
  const out = join(folder, 'many.jsonl');
  const list = join(folder, 'list.txt');
  writeFileSync(list, `${SCANS[1]}\r\n\n${SCANS[0]}\n`);
  await run(addEmbed, 'embed', 'fixtures/beit-digits/scans', `@${list}`, 'fixtures/*/scans/000*.png', '-o', out);
  const images = linesOf(out).map(({ image }) => image);
  assert.is(images.length, 12 + 2 + 2);
  assert.equal(images.slice(12), [SCANS[1], SCANS[0], ...[...SCANS].reverse()]);
});

test('a command that was stopped goes on where it was, also behind a line that was cut off', async () => {
  for (const name of ['resumed.jsonl', 'resumed.npy']) {
    const out = join(folder, name);
    const lines = name.endsWith('npy') ? join(folder, 'resumed.names.jsonl') : out;
    const all = ['fixtures/beit-digits/scans', '-o', out];
    await run(addEmbed, 'embed', ...all);
    const expected = [readFileSync(out), readFileSync(lines)];
    const cut = expected[1].indexOf(10, expected[1].indexOf(10) + 1) + 20;
    writeFileSync(lines, expected[1].subarray(0, cut));
    if (name.endsWith('npy')) writeFileSync(out, expected[0].subarray(0, 128 + 3 * 256 + 7));
    await run(addEmbed, 'embed', ...all, '--resume');
    assert.equal([readFileSync(out), readFileSync(lines)], expected, name);
  }
});

test('a Parquet file has a picture a row, its embedding as a list of floats, and null with the reason for a bad one', async () => {
  const out = join(folder, 'features.parquet');
  const { code, stderr } = await run(addEmbed, 'embed', SCANS[0], 'LICENSE', SCANS[1], '--out', out);
  assert.is(code, 1);
  assert.match(stderr, /^beit: LICENSE: .*\(InvalidImage\)\n$/);
  const bytes = readFileSync(out);
  const rows = await parquetReadObjects({
    file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  });
  const jsonl = join(folder, 'same.jsonl');
  await run(addEmbed, 'embed', SCANS[0], 'LICENSE', SCANS[1], '--out', jsonl);
  assert.equal(
    rows.map(({ embedding = null, ...rest }) => ({ ...rest, embedding })),
    linesOf(jsonl).map(({ image, embedding = null, error }) => {
      return { image, error_code: error?.code ?? null, error_message: error?.message ?? null, embedding };
    }),
  );
  assert.is(existsSync(`${out}.part`), false);
  const resume = run(addEmbed, 'embed', SCANS[0], '--out', out, '--resume');
  await refused(resume, 'InvalidArgument', /a Parquet file is written anew/);
});

test('several row groups', async () => {
  const out = join(folder, 'groups.parquet');
  const { write, close } = await openParquet(out, 2 ** 20); // two rows a group
  for (const image of ['a', 'b', 'c', 'd', 'e']) await write({ image, embedding: new Float32Array(5).fill(0.1) });
  await close();
  const bytes = readFileSync(out);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  assert.is(parquetMetadata(file).row_groups.length, 3);
  const rows = await parquetReadObjects({ file });
  assert.equal(rows.map(({ image }) => image).join(''), 'abcde');
  assert.equal(rows[4].embedding, Array(5).fill(Math.fround(0.1)));
});

test('another extension, and rows of another model, are refused', async () => {
  await refused(
    run(addEmbed, 'embed', SCANS[0], '-o', join(folder, 'x.csv')),
    'InvalidArgument',
    /ends in \.npy, \.jsonl or \.parquet/,
  );
  const out = join(folder, 'other.npy');
  writeFileSync(out, npy([new Float32Array(3)]));
  await refused(
    run(addEmbed, 'embed', SCANS[0], '-o', out, '--resume'),
    'InvalidArgument',
    /rows of 64 numbers, got 3/,
  );
  await refused(run(addEmbed, 'embed', 'fixtures', 'a.tar'), 'InvalidArgument', /use "beit batch"/);
});

test.run();
