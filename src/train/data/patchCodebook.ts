import { check } from '../../errors.ts';
import { type CreateFile, fileMaker } from '../../loading/createFile.ts';
import { type ModelSource, openSource } from '../../loading/source.ts';
import { sizeOf } from '../../math.ts';
import { quoted } from '../../quoted.ts';
import { RandomStream } from '../../randomStream.ts';
import { checkTensor, Tensor } from '../../tensor.ts';
import { openCheckpoint } from '../../weights/checkpoint.ts';
import { fromFloat32 } from '../../weights/save/fromFloat32.ts';
import { saveSafetensors } from '../../weights/save/saveSafetensors.ts';

const FILE = 'codebook.safetensors';
/** Patches that centers are computed from at most; they are drawn by seed. */
const SAMPLED = 20_000;
const ROUNDS = 25;
const PURPOSE_CODES = 1_000_007;

/** How a {@link PatchCodebook} is made. */
export interface PatchCodebookOptions {
  /** Visual tokens; default 128. */
  readonly codes?: number | undefined;
  /** Of the model; unit: pixels. */
  readonly patchSize: number;
  /** Default 0. */
  readonly seed?: number | undefined;
}

/**
 * The simplest visual tokens: a token is the number of the code that is nearest to a patch of the pixels that the model sees.
 * Codes are centers of patches by k-means, from a seed. For small pictures; photographs want a `VisualTokenizer`.
 *
 * @example
 * const codebook = PatchCodebook.fit([pixelValues], { codes: 16, patchSize: 4, seed: 1 });
 * const { dims } = codebook.encodePixels(pixelValues); // [8, 8] for a picture of 32 × 32
 */
export class PatchCodebook {
  /** [codes, channels, patchSize, patchSize] */
  readonly codes: Tensor;

  private constructor(codes: Tensor) {
    this.codes = codes;
  }

  /**
   * @param pictures [1, channels, height, width] each, as the image processor of the model makes them
   * @param options number of codes, size of a patch, seed
   * @returns the codebook, darkest code first
   * @throws `InvalidArgument` for fewer patches than codes
   */
  static fit(pictures: readonly Tensor[], { codes = 128, patchSize, seed = 0 }: PatchCodebookOptions): PatchCodebook {
    check(Number.isInteger(codes) && codes > 1, 'InvalidArgument', () => {
      return `Invalid codes: expected an integer above 1, got ${quoted(codes)}`;
    });
    const patches = pictures.flatMap((picture) => patchesOf(picture, patchSize));
    check(patches.length >= codes, 'InvalidArgument', () => {
      return `Cannot make a codebook: expected at least ${codes} patches, got ${patches.length}`;
    });
    const random = new RandomStream(seed, 0, PURPOSE_CODES);
    const sample = random.shuffled(patches).slice(0, SAMPLED);
    const centers = kMeans(sample, codes, random).sort((a, b) => sum(a) - sum(b));
    const [, channels] = pictures[0].dims;
    const data = Float32Array.from(centers.flatMap((center) => [...center]));
    return new PatchCodebook(new Tensor('float32', data, [codes, channels, patchSize, patchSize]));
  }

  /**
   * Opens what {@link PatchCodebook.save} wrote.
   *
   * @param source a folder, URL, name on the hub, or files by name
   * @returns the codebook
   * @throws `FileNotFound`, `InvalidCheckpoint`
   */
  static async fromPretrained(source: ModelSource): Promise<PatchCodebook> {
    const checkpoint = await openCheckpoint(await openSource(source), { file: FILE });
    let codes: Tensor | null = null;
    await checkpoint.visit((name, { shape }) => {
      if (name !== 'codebook' || shape.length !== 4) return null;
      const data = new Float32Array(sizeOf(shape));
      codes = new Tensor('float32', data, shape);
      return { grain: 1, put: (chunk: Float32Array, offset: number) => data.set(chunk, offset) };
    });
    check(codes, 'InvalidCheckpoint', `Cannot open "${FILE}": expected a tensor "codebook" of 4 dims, got none`);
    return new PatchCodebook(codes);
  }

  /** The count of tokens. */
  get vocabSize(): number {
    return this.codes.dims[0];
  }

  /**
   * The token of every patch.
   *
   * @param pixelValues [1, channels, height, width]
   * @returns int32 [height / patchSize, width / patchSize]
   * @throws `InvalidArgument` for other shapes
   */
  encodePixels(pixelValues: Tensor): Tensor<'int32'> {
    const [, , , patchSize] = this.codes.dims;
    const [, , height, width] = pixelValues.dims;
    const size = this.codes.data.length / this.vocabSize;
    const codes = Array.from({ length: this.vocabSize }, (_, c) => this.codes.data.subarray(c * size, (c + 1) * size));
    const tokens = patchesOf(pixelValues, patchSize).map((patch) => nearest(codes, patch));
    return new Tensor('int32', Int32Array.from(tokens), [
      Math.floor(height / patchSize),
      Math.floor(width / patchSize),
    ]);
  }

  /**
   * Writes `codebook.safetensors`.
   *
   * @param target a folder, which is made, or a function that makes a file of a name
   * @returns the names of the files
   * @throws `FileSystem`; `UnsupportedRuntime` for a path where there is no file system
   */
  async save(target: string | CreateFile): Promise<string[]> {
    const create = await fileMaker(target);
    const { data, dims } = this.codes;
    const entry = {
      name: 'codebook',
      dtype: 'F32' as const,
      shape: dims,
      async *data() {
        yield fromFloat32('F32', data);
      },
    };
    await saveSafetensors([entry], () => create(FILE), { metadata: { format: 'pt' } });
    return [FILE];
  }
}

/** The patches of a picture, row by row, each [channels, patchSize, patchSize]. */
function patchesOf(picture: Tensor, patchSize: number): Float32Array[] {
  checkTensor('Invalid pixelValues', picture, 'float32');
  const [, channels, height, width] = picture.dims;
  const patches: Float32Array[] = [];
  for (let top = 0; top + patchSize <= height; top += patchSize)
    for (let left = 0; left + patchSize <= width; left += patchSize) {
      const patch = new Float32Array(channels * patchSize * patchSize);
      for (let c = 0, to = 0; c < channels; c++)
        for (let y = top; y < top + patchSize; y++, to += patchSize) {
          const from = (c * height + y) * width + left;
          patch.set(picture.data.subarray(from, from + patchSize), to);
        }
      patches.push(patch);
    }
  return patches;
}

/** Lloyd's rounds from centers that are drawn far from each other (k-means++). */
function kMeans(points: readonly Float32Array[], count: number, random: RandomStream): Float32Array[] {
  const centers = spreadCenters(points, count, random);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = centers.map((center) => new Float64Array(center.length));
    const sizes = new Int32Array(count);
    for (const point of points) {
      const own = nearest(centers, point);
      sizes[own]++;
      for (let i = 0; i < point.length; i++) sums[own][i] += point[i];
    }
    // a center without points stays where it is
    for (const [c, size] of sizes.entries()) if (size > 0) centers[c] = Float32Array.from(sums[c], (x) => x / size);
  }
  return centers;
}

/** Each center is a point, drawn by its squared distance from the centers before it. */
function spreadCenters(points: readonly Float32Array[], count: number, random: RandomStream): Float32Array[] {
  const centers = [points[random.below(points.length)]];
  const distances = Float64Array.from(points, (point) => distance(centers[0], point));
  while (centers.length < count) {
    let left = random.uniform() * distances.reduce((a, b) => a + b, 0);
    let chosen = 0;
    while (chosen < points.length - 1 && left >= distances[chosen]) left -= distances[chosen++];
    centers.push(points[chosen]);
    for (const [i, point] of points.entries()) distances[i] = Math.min(distances[i], distance(points[chosen], point));
  }
  return centers;
}

function nearest(centers: readonly Float32Array[], point: Float32Array): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let c = 0; c < centers.length; c++) {
    const found = distance(centers[c], point);
    if (found < least) [best, least] = [c, found];
  }
  return best;
}

function distance(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - b[i]) ** 2;
  return total;
}

const sum = (x: Float32Array) => x.reduce((a, b) => a + b, 0);
