import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addSegment } from '../../../src/cli/segment.ts';
import { decode } from '../../../src/image/decode.ts';
import { picturePixels } from '../../../src/input/openPicture.ts';
import { pipeline } from '../../../src/pipelines/pipeline.ts';
import { run } from './printed.ts';

const test = suite('cli/segment');
const folder = mkdtempSync(join(tmpdir(), 'beit-segment-'));
const MODEL = join(folder, 'seg');
cpSync('fixtures/models/seg', MODEL, { recursive: true });
writeFileSync(join(MODEL, 'preprocessor_config.json'), JSON.stringify({ do_resize: true, size: 32 }));
const scan = join(folder, 'five.png');
copyFileSync('fixtures/beit-digits/scans/0005-5.png', scan);
test.after(() => rmSync(folder, { recursive: true }));

interface Segment {
  label: string;
  index: number;
  share: number;
}

test('the shares count the pixels of each class, the largest first, and the picture is colored, large enough to be seen, above a legend', async () => {
  const out = join(folder, 'map.png');
  const { stdout } = await run(addSegment, 'segment', scan, '-m', MODEL, '--json', '-o', out);
  const { image, out: named, segments } = JSON.parse(stdout) as { image: string; out: string; segments: Segment[] };
  assert.equal([image, named], [scan, out]);
  using pipe = await pipeline('image-segmentation', MODEL, { threads: 1 });
  const picture = await picturePixels(scan);
  const { data } = await pipe.segment(picture);
  const counts = new Map<number, number>();
  for (const index of data) counts.set(index, (counts.get(index) ?? 0) + 1);
  assert.equal(new Map(segments.map(({ index, share }) => [index, Math.round(share * data.length)])), counts);
  for (const { label, index } of segments) assert.is(label, pipe.model.config.id2label[index]);
  const shares = segments.map(({ share }) => share);
  assert.equal(
    shares,
    shares.slice().sort((a, b) => b - a),
  );
  assert.ok(Math.abs(shares.reduce((a, b) => a + b) - 1) < 1e-9);
  const drawn = await decode(new Uint8Array(readFileSync(out)));
  assert.is(drawn.width, 48 * picture.width);
  const below = drawn.height - 48 * picture.height;
  assert.ok(below >= 24 && below < 200, `a legend of ${below} rows below the picture`);
});

test('for people: the file beside the picture, and a table of percents', async () => {
  const { stdout } = await run(addSegment, 'segment', scan, '-m', MODEL);
  const [out, ...rows] = stdout.trimEnd().split('\n');
  assert.is(out, join(folder, 'five.segments.png'));
  assert.ok(rows.length > 0 && rows.every((row) => /^ *\d+\.\d % {2}\S/.test(row)), stdout);
  const percents = rows.map((row) => Number.parseFloat(row));
  assert.ok(Math.abs(percents.reduce((a, b) => a + b) - 100) < 0.1 * rows.length);
});

test('our small model colors handwritten digits on paper', async () => {
  for (const name of ['0-3094', '1-3923', '2-0227']) {
    const out = join(folder, `${name}.png`);
    const scene = `fixtures/beit-scenes/scenes/${name}.png`;
    const { stdout } = await run(addSegment, 'segment', scene, '-m', 'fixtures/beit-scenes', '--json', '-o', out);
    const { segments } = JSON.parse(stdout) as { segments: Segment[] };
    const large = segments.filter(({ share }) => share > 0.01).map(({ label }) => label);
    const digits = new Set([...name.slice(2)].map((digit) => `digit ${digit}`));
    assert.equal(new Set(large), new Set(['paper', ...digits]), name);
  }
});

test('there is no model inside for it', async () => {
  await run(addSegment, 'segment', scan).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /required option '-m, --model <model>'/),
  );
});

test.run();
