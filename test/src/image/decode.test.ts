import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crc32 } from '../../../src/crc32.ts';
import { BeitError } from '../../../src/errors.ts';
import { decode } from '../../../src/image/decode.ts';
import { decodeLabels } from '../../../src/image/decodePicture.ts';
import { encodePng } from '../../../src/image/png/encodePng.ts';
import { Allocations } from '../allocations.ts';
import { refused } from '../refused.ts';
import { sha } from './sha.ts';

type Case = [name: string, width: number, height: number, hash: string, base64: string];
const test = suite('image/decode');
const [png, jpeg] = ['png', 'jpeg'].map((name): Case[] =>
  JSON.parse(readFileSync(`fixtures/image/${name}.json`, 'utf8')),
);
const SHARED = '../shared/images';

function fileOf(cases: Case[], name: string): Uint8Array {
  const found = cases.find((c) => c[0] === name);
  assert.ok(found, name);
  return new Uint8Array(Buffer.from(found[4], 'base64'));
}

async function refusal(bytes: Uint8Array, maxPixels?: number): Promise<BeitError | undefined> {
  try {
    await decode(bytes, { maxPixels });
    return undefined;
  } catch (e) {
    assert.ok(e instanceof BeitError, String(e instanceof Error ? e.stack : e));
    return e;
  }
}

for (const [format, cases, least] of [
  ['PNG', png, 75],
  ['JPEG', jpeg, 100],
] as const) {
  test(`decodes every ${format} of the fixtures to the bytes of Pillow`, async () => {
    assert.ok(cases.length >= least);
    for (const [name, width, height, hash, base64] of cases) {
      const image = await decode(Buffer.from(base64, 'base64'));
      assert.equal([image.width, image.height, image.channels], [width, height, 3], name);
      assert.is(sha(image.data), hash, name);
    }
  });
}

// the suite of the PNG standard: every kind of PNG, and broken ones, whose names begin with x
const suiteTest = existsSync(`${SHARED}/pngsuite`) ? test : test.skip;
if (!existsSync(SHARED)) console.log('skip: the PNG suite is not there');
suiteTest('reads the PNG suite and refuses its broken files', async () => {
  const files = readdirSync(`${SHARED}/pngsuite`).filter((name) => name.endsWith('.png'));
  assert.ok(files.length > 150);
  for (const file of files) {
    const error = await refusal(readFileSync(`${SHARED}/pngsuite/${file}`));
    // Pillow does not look at the checksum of the data, which is what is wrong with one of them
    const broken = file.startsWith('x') && file !== 'xcsn0g01.png';
    assert.is(error?.code, broken ? 'InvalidImage' : undefined, `${file}: ${error?.message}`);
  }
});

const catTest = existsSync(`${SHARED}/000000039769.png`) ? test : test.skip;
catTest('reads the cats of COCO as Pillow does', async () => {
  const { data, width, height } = await decode(readFileSync(`${SHARED}/000000039769.png`));
  assert.equal([width, height], [640, 480]);
  assert.is(sha(data), '8050ada414034a49');
});

/** A PNG whose header says anything, with its CRC right, and 12 bytes of data. */
function liar(width: number, height: number): Uint8Array {
  const whole = encodePng({ data: new Uint8Array(3), width: 1, height: 1, channels: 3 });
  return withPngSize(whole, width, height);
}

function withPngSize(bytes: Uint8Array, width: number, height: number): Uint8Array {
  const lying = bytes.slice();
  const view = new DataView(lying.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(lying.subarray(12, 29)));
  return lying;
}

/** A JPEG whose frame header says another size. */
function jpegLiar(width: number, height: number): Uint8Array {
  const bytes = fileOf(jpeg, 'optimized').slice();
  const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xc0);
  bytes.set([height >> 8, height & 255, width >> 8, width & 255], at + 5);
  return bytes;
}

test('refuses sizes that are too large or cannot be true before it makes room for them', async () => {
  using allocations = new Allocations();
  await refused(() => decode(liar(2 ** 31 - 1, 2 ** 31 - 1)), 'ImageTooLarge', /limit is 64000000/);
  await refused(() => decode(liar(30_000, 30_000)), 'ImageTooLarge', /900000000/);
  await refused(() => decode(liar(8000, 8000)), 'InvalidImage', /8000 × 8000 pixels cannot come from 1\d compressed/);
  await refused(() => decode(liar(0, 5)), 'InvalidImage', /0 × 5/);
  await refused(() => decode(jpegLiar(65_500, 65_500)), 'ImageTooLarge', /limit/);
  await refused(() => decode(jpegLiar(0, 100)), 'InvalidImage', /0 × 100/);
  await refused(() => decode(jpegLiar(100, 0)), 'InvalidImage', /100 × 0/);
  assert.ok(allocations.bytes < 10_000, `${allocations.bytes} bytes`);
  const small = encodePng({ data: new Uint8Array(300), width: 10, height: 10, channels: 3 });
  assert.is((await refusal(small, 99))?.code, 'ImageTooLarge');
  assert.is(await refusal(small, 100), undefined);
});

test('refuses a JPEG that goes over its picture again and again', async () => {
  const bytes = fileOf(jpeg, '64x24 subsampling 2 quality 1 progressive True');
  const scans = [...bytes.keys()].filter((i) => bytes[i] === 0xff && bytes[i + 1] === 0xda);
  const last = [...bytes.subarray(scans.at(-1), -2)];
  const repeated = (count: number) => Array.from({ length: count - scans.length }, () => last).flat();
  const withScans = (count: number) => new Uint8Array([...bytes.subarray(0, -2), ...repeated(count), 0xff, 0xd9]);
  assert.is((await decode(withScans(128))).data.length, 64 * 24 * 3);
  await refused(() => decode(withScans(129)), 'InvalidImage', /more than 128 scans/);
});

test('refuses a truncated file wherever it is cut, unless all its pixels are there', async () => {
  for (const file of [
    fileOf(png, 'many chunks'),
    fileOf(png, 'XMP'),
    fileOf(jpeg, 'optimized'),
    fileOf(jpeg, 'restart every 3'),
  ]) {
    const whole = await decode(file);
    for (let length = 0; length < file.length; length++) {
      const cut = file.subarray(0, length);
      const error = await refusal(cut);
      if (error) assert.is(error.code, 'InvalidImage', `${length} of ${file.length}: ${error.message}`);
      else assert.equal([length > file.length - 28, await decode(cut)], [true, whole], `${length} of ${file.length}`);
    }
  }
});

test('with truncated: fill, what is there of a cut file comes as in the whole one, the rest of a PNG black', async () => {
  for (const file of [fileOf(png, 'many chunks'), fileOf(jpeg, 'optimized')]) {
    const whole = await decode(file);
    const half = await decode(file.subarray(0, Math.floor(file.length * 0.75)), { truncated: 'fill' });
    assert.equal([half.width, half.height], [whole.width, whole.height]);
    const first = whole.data.findIndex((value, i) => value !== half.data[i]);
    assert.ok(first > whole.width * 3, `rows are the same up to byte ${first}`);
  }
  const half = await decode(fileOf(png, 'many chunks').subarray(0, -300), { truncated: 'fill' });
  assert.ok(half.data.subarray(-3).every((value) => value === 0));
  await refused(() => decode(fileOf(png, 'XMP'), { truncated: 'gray' as never }), 'InvalidArgument', /truncated/);
});

test('an unusual kind of JPEG is refused by its marker', async () => {
  const lossless = fileOf(jpeg, 'optimized').slice();
  lossless[lossless.findIndex((byte, i) => byte === 0xff && lossless[i + 1] === 0xc0) + 1] = 0xc3;
  await refused(() => decode(lossless), 'UnsupportedFormat', /FFc3/);
});

test('reads label maps, and refuses what has no class numbers', async () => {
  const labels = await decodeLabels(fileOf(png, 'palette with alpha'));
  assert.is(labels.channels, 1);
  assert.is(labels.data.length, labels.width * labels.height);
  assert.ok(new Set(labels.data).size > 10);
  const gray = encodePng({ data: new Uint8Array([7, 0, 255, 3]), width: 2, height: 2, channels: 1 });
  assert.equal([...(await decodeLabels(gray)).data], [7, 0, 255, 3]);
  await refused(() => decodeLabels(fileOf(jpeg, 'optimized')), 'UnsupportedFormat');
  await refused(() => decodeLabels(fileOf(png, 'many chunks')), 'UnsupportedFormat');
});

test('answers mutated pictures and noise with a picture or a BeitError, in room for a picture', async () => {
  const seeds = [...png.filter((_, i) => i % 8 === 0), ...jpeg.filter((_, i) => i % 6 === 0)];
  const files = seeds.map((c) => new Uint8Array(Buffer.from(c[4], 'base64')));
  const edit = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'repeat', 'ones') });
  const mutated = fc
    .tuple(fc.constantFrom(...files), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([file, edits]) => {
      let bytes: Uint8Array = file;
      for (const { at, byte, kind } of edits) bytes = mutate(bytes, at % bytes.length, byte, kind);
      return bytes;
    });
  const noise = fc
    .tuple(fc.constantFrom('\x89PNG\r\n\x1a\n', '\xff\xd8\xff', ''), fc.uint8Array({ maxLength: 300 }))
    .map(([magic, rest]) => new Uint8Array([...[...magic].map((c) => c.charCodeAt(0)), ...rest]));
  let most = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary: noise }), async (bytes) => {
      using allocations = new Allocations();
      await refusal(bytes, 1e6);
      most = Math.max(most, allocations.bytes);
    }),
    { numRuns: 1500, seed: 1 },
  );
  // a JPEG whose data are missing is as large as its header says, at most 3 bytes for each of 10⁶ pixels
  assert.ok(most < 3.2e6, `${most} bytes`);
});

function mutate(bytes: Uint8Array, at: number, byte: number, kind: string): Uint8Array {
  const rest = bytes.subarray(at);
  if (kind === 'cut' && bytes.length > byte + 2)
    return new Uint8Array([...bytes.subarray(0, at), ...rest.subarray(byte)]);
  if (kind === 'repeat') return new Uint8Array([...bytes.subarray(0, at), ...rest.subarray(0, byte), ...rest]);
  const edited = bytes.slice();
  edited[at] = kind === 'ones' ? 255 : byte;
  return edited;
}

test('what is no Uint8Array is refused by name', async () => {
  await refused(() => decode(new ArrayBuffer(8) as never), 'InvalidArgument', /expected a Uint8Array, got ArrayBuffer/);
  await refused(() => decode('cat.png' as never), 'InvalidArgument', /got String/);
});

test.run();
