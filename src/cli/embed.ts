import type { Command } from 'commander';
import { pipeline } from '../pipelines/pipeline.ts';
import { eachPicture } from './eachPicture.ts';
import { addModelOptions, loadOptions, type ModelOptions } from './modelOptions.ts';
import { writeOutput } from './writeOutput.ts';

interface EmbedOptions extends ModelOptions {
  readonly out?: string;
}

export function addEmbed(program: Command): void {
  const command = program
    .command('embed')
    .description('pooled features of length 1, one row a picture: their dot product is the cosine similarity')
    .argument('<image...>', 'pictures: PNG, JPEG, WebP, GIF, BMP or TIFF files, or URLs')
    .option('-o, --out <file.npy>', 'write all rows as a NumPy file instead of JSON lines');
  addModelOptions(command, 'a BEiT').action(embed);
}

async function embed(images: string[], options: EmbedOptions): Promise<void> {
  using extract = await pipeline('image-feature-extraction', options.model, loadOptions(options));
  const rows: Float32Array[] = [];
  await eachPicture(images, !options.out, async (image) => {
    const { data } = await extract.embed(image, { maxPixels: options.maxPixels });
    if (options.out) rows.push(data);
    else process.stdout.write(`${JSON.stringify({ image, embedding: [...data] })}\n`);
  });
  if (options.out) await writeOutput(options.out, npy(rows));
}

/** Rows of one length as a NumPy file of format 1.0: float32, little-endian, [rows, cols]. */
export function npy(rows: readonly Float32Array[]): Uint8Array {
  const shape = `(${rows.length}, ${rows[0]?.length ?? 0})`;
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = new TextEncoder().encode(`\x93NUMPY\x01\x00__${text.padEnd(length - 1)}\n`.slice(1));
  const bytes = new Uint8Array(10 + length + 4 * rows.reduce((sum, row) => sum + row.length, 0));
  bytes.set(header, 1);
  bytes[0] = 0x93;
  new DataView(bytes.buffer).setUint16(8, length, true);
  let at = 10 + length;
  for (const row of rows) {
    bytes.set(new Uint8Array(row.buffer, row.byteOffset, row.byteLength), at);
    at += row.byteLength;
  }
  return bytes;
}
