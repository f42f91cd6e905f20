import type * as Beit from '../../src/index.ts';

/** The library as its users import it. */
export type Library = typeof Beit;
export type Engine = Pick<Beit.LoadOptions, 'simd' | 'threads' | 'device' | 'arithmetic' | 'wideVectors'>;
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

const teacher: Compute = async (beit, source, options) => {
  using model = await beit.DeiTForImageClassificationWithTeacher.fromPretrained(source, options);
  const { height, width } = model.config.nativeSize;
  return (await model.forward({ pixelValues: pixels(beit, 2, height, width) })).logits.data;
};

/** On a grid that is not the native one: positions are resized too. */
const features: Compute = async (beit, source, options) => {
  using model = await beit.AutoModel.fromPretrained(source, options);
  const { height, width } = model.config.nativeSize;
  const pixelValues = pixels(beit, 1, height, width + model.config.patchSize);
  return (await model.forward({ pixelValues })).lastHiddenState.data;
};

const depth: Compute = async (beit, source, options) => {
  using model = await beit.AutoModelForDepthEstimation.fromPretrained(source, options);
  const { height, width } = model.config.nativeSize;
  return (await model.forward({ pixelValues: pixels(beit, 1, height, width) })).predictedDepth.data;
};

/** A model of each other family. */
const FAMILIES: Readonly<Record<string, Compute>> = {
  'models/vit_cls': classification,
  'models/deit_teacher': teacher,
  'models/dinov2_cls': classification,
  'models/dinov2_registers': features,
  'models/data2vec_cls': classification,
  'models/vit_mae': features,
  'models/dpt_beit': depth,
  'models/depth_anything': depth,
  'models/zoedepth': depth,
};

/** The logits of one of the networks. */
export function computeOn(
  beit: Library,
  source: (name: string) => Source,
  name: string,
  options: Beit.LoadOptions,
): Promise<Float32Array> {
  return (NETWORKS[name] ?? FAMILIES[name])(beit, source(name), options);
}

/**
 * SHA-256 of twelve outputs by `network dtype`, and of these twelve lines together as `all`; then, on one or two threads, the same of
 * the other families, as `families`.
 */
export async function digests(
  beit: Library,
  source: (name: string) => Source,
  engine: Engine,
): Promise<Record<string, string>> {
  const own = await digestsOf(NETWORKS, beit, source, engine);
  const all = await together(own);
  if (Number(engine.threads) > 2) return { ...own, all };
  const others = await digestsOf(FAMILIES, beit, source, engine);
  return { ...own, all, ...others, families: await together(others) };
}

async function digestsOf(
  networks: Readonly<Record<string, Compute>>,
  beit: Library,
  source: (name: string) => Source,
  engine: Engine,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of Object.keys(networks)) {
    for (const dtype of DTYPES) {
      const numbers = await computeOn(beit, source, name, { ...engine, dtype });
      if (!numbers.every(Number.isFinite)) throw new Error(`${name} ${dtype} gives numbers that are not finite`);
      found[`${name} ${dtype}`] = await sha256(numbers);
    }
  }
  return found;
}

function together(found: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(found).map(([name, hash]) => `${name} ${hash}\n`);
  return sha256(new TextEncoder().encode(lines.join('')));
}

/** In hexadecimal. */
export async function sha256(values: Float32Array | Uint8Array): Promise<string> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
