import type * as Beit from '../../src/index.ts';

/** The library as its users import it. */
export type Library = typeof Beit;
export type Engine = Pick<Beit.LoadOptions, 'simd' | 'threads' | 'device' | 'arithmetic'>;
type Source = Beit.ModelSource;
type Compute = (beit: Library, source: Source, options: Beit.LoadOptions) => Promise<Float32Array>;

/** Values on a grid of 1/64 in [−1, 1): integers and one exact product, the same bits wherever they are made. */
function pixels(beit: Library, images: number, height: number, width: number): Beit.Tensor {
  const size = images * 3 * height * width;
  const data = Float32Array.from({ length: size }, (_, i) => (((i * 7919) % 128) - 64) / 64);
  return new beit.Tensor('float32', data, [images, 3, height, width]);
}

/** Every third patch hidden. */
function everyThird(beit: Library, images: number, patches: number): Beit.Tensor<'bool'> {
  const hidden = Uint8Array.from({ length: images * patches }, (_, i) => (i % 3 === 0 ? 1 : 0));
  return new beit.Tensor('bool', hidden, [images, patches]);
}

const classification: Compute = async (beit, source, options) => {
  using model = await beit.BeitForImageClassification.fromPretrained(source, options);
  const { height, width } = model.config.nativeSize;
  return (await model.forward({ pixelValues: pixels(beit, 3, height, width) })).logits.data;
};

const maskedModeling: Compute = async (beit, source, options) => {
  using model = await beit.BeitForMaskedImageModeling.fromPretrained(source, options);
  const { height, width } = model.config.nativeSize;
  const boolMaskedPos = everyThird(beit, 2, (height * width) / model.config.patchSize ** 2);
  return (await model.forward({ pixelValues: pixels(beit, 2, height, width), boolMaskedPos })).logits.data;
};

/** Wider than native: the tables are resized too. */
const segmentation: Compute = async (beit, source, options) => {
  using model = await beit.BeitForSemanticSegmentation.fromPretrained(source, options);
  const { height, width } = model.config.nativeSize;
  const pixelValues = pixels(beit, 1, height, width + 3 * model.config.patchSize);
  return (await model.forward({ pixelValues })).logits.data;
};

/** Six networks; each is computed in two number formats, which makes twelve outputs. */
export const NETWORKS: Readonly<Record<string, Compute>> = {
  'models/cls': classification,
  'models/mim': maskedModeling,
  'models/seg': segmentation,
  'models/seg_aux2_concat': segmentation,
  'beit-digits': classification,
  'beit-digits-pt': maskedModeling,
};
const DTYPES = ['f32', 'q8'] as const;

/** The logits of one of the networks. */
export function computeOn(
  beit: Library,
  source: (name: string) => Source,
  name: string,
  options: Beit.LoadOptions,
): Promise<Float32Array> {
  return NETWORKS[name](beit, source(name), options);
}

/** SHA-256 of twelve outputs by `network dtype`, and of these twelve lines together as `all`. */
export async function digests(
  beit: Library,
  source: (name: string) => Source,
  engine: Engine,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of Object.keys(NETWORKS)) {
    for (const dtype of DTYPES) {
      const logits = await computeOn(beit, source, name, { ...engine, dtype });
      if (!logits.every(Number.isFinite)) throw new Error(`${name} ${dtype} gives numbers that are not finite`);
      found[`${name} ${dtype}`] = await sha256(logits);
    }
  }
  const lines = Object.entries(found).map(([name, hash]) => `${name} ${hash}\n`);
  return { ...found, all: await sha256(new TextEncoder().encode(lines.join(''))) };
}

/** In hexadecimal. */
export async function sha256(values: Float32Array | Uint8Array): Promise<string> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
