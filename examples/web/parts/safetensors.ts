// The pictures that two of our fixtures keep as tensors.

/** One tensor of a small safetensors file. @throws `Error` when it is not there */
export async function fetchTensor(url: string, name: string): Promise<{ shape: number[]; bytes: ArrayBuffer }> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot fetch ${url}: status ${response.status}`);
  const file = await response.arrayBuffer();
  const headerSize = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, headerSize)));
  const { shape, data_offsets } = header[name];
  const [begin, end] = data_offsets.map((offset: number) => 8 + headerSize + offset);
  return { shape, bytes: file.slice(begin, end) };
}

/** Scans of handwritten digits that the model has not learned from, `count` of each digit that is asked for. */
export async function fetchScans(folder: string, digit: number, count: number, skip = 0): Promise<File[]> {
  const [images, labels] = await Promise.all([
    fetchTensor(`${folder}/heldout.safetensors`, 'images'),
    fetchTensor(`${folder}/heldout.safetensors`, 'labels'),
  ]);
  const indices = [...new BigInt64Array(labels.bytes)].flatMap((label, i) => (Number(label) === digit ? [i] : []));
  const scan = (i: number) => new Uint8Array(images.bytes, i * 64, 64);
  return Promise.all(
    indices.slice(skip, skip + count).map(async (i) => {
      return new File([await png(scan(i), 8, 8)], `scan ${i}, a ${digit}`, { type: 'image/png' });
    }),
  );
}

/** Gray levels as a PNG, by the browser. */
async function png(levels: Uint8Array, width: number, height: number): Promise<Blob> {
  const pixels = new ImageData(width, height);
  for (const [i, level] of levels.entries()) pixels.data.set([level, level, level, 255], 4 * i);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(pixels, 0, 0);
  return canvas.convertToBlob();
}
