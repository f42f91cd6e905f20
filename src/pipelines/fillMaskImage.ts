import { check } from '../errors.ts';
import type { PictureInput, PictureOptions } from '../input/pictureInput.ts';
import type { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import type { ModelSource } from '../loading/source.ts';
import { BlockMasking } from '../model/beit/masking/blockMasking.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import { BeitForMaskedImageModeling } from '../pretrained/beitForMaskedImageModeling.ts';
import { quoted } from '../quoted.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { preprocess } from './picture.ts';
import { loadParts, type Pipeline } from './pipelineParts.ts';

export interface FillMaskOptions extends PictureOptions {
  /** [height, width] of the patch grid, not 0 where a patch is hidden. Default: block-wise, as in pre-training. */
  readonly mask?: Tensor<'bool'> | undefined;
  /** Share of patches that the default mask hides at most; default 0.4, the paper's 75 of 196. */
  readonly share?: number | undefined;
  /** Of the default mask; default 0. */
  readonly seed?: number | undefined;
}

/** What the model predicts for the hidden part of a picture. */
export interface FilledMask {
  /** [height, width], 1 where the patch was hidden. */
  readonly mask: Tensor<'bool'>;
  /** [height, width], the likeliest visual token of every patch. */
  readonly tokens: Tensor<'int32'>;
  /** [height, width], its probability. */
  readonly scores: Tensor;
}

/** Hides a part of a picture and predicts the visual tokens behind it. */
export interface FillMaskImagePipeline extends Pipeline {
  /**
   * @param picture one picture
   * @param options the mask, or share and seed of a random one; limit of pixels, signal; each has a default
   * @returns the mask, and visual tokens and their probabilities on the patch grid
   * @throws `InvalidImage`, `ImageTooLarge`, `UnsupportedFormat`, `FileNotFound`, `Network`, `InvalidArgument`,
   * `WorkerFailed`, `Disposed`, `Aborted`
   */
  (picture: PictureInput, options?: FillMaskOptions): Promise<FilledMask>;
  readonly model: BeitForMaskedImageModeling;
  readonly processor: BeitImageProcessor;
}

/** Loads a masked-modeling BEiT and its processor. */
export async function fillMaskImage(source: ModelSource, options: LoadOptions): Promise<FillMaskImagePipeline> {
  const { model, processor } = await loadParts(
    (...from) => BeitForMaskedImageModeling.fromPretrained(...from),
    source,
    options,
  );
  const { patchSize } = model.config;
  const fill = async (picture: PictureInput, options: FillMaskOptions = {}): Promise<FilledMask> => {
    checkOptions(options, OPTIONS.fillMask);
    const { pixelValues } = await preprocess({ model, processor }, picture, options);
    const { signal } = options;
    const grid = pixelValues.dims.slice(2).map((side) => Math.floor(side / patchSize)) as [number, number];
    const mask = options.mask ?? blockMask(grid, options);
    checkTensor('Invalid mask', mask, 'bool');
    check(
      mask.dims.join() === grid.join(),
      'InvalidArgument',
      () => `Invalid mask: expected [${grid}], got [${mask.dims}]`,
    );
    const boolMaskedPos = new Tensor('bool', mask.data, [1, mask.data.length]);
    const { logits } = await model.forward({ pixelValues, boolMaskedPos, signal });
    return { mask, ...(await model.loaded.runImageTask('visualTokens', { logits, grid }, signal)) };
  };
  const dispose = () => model.dispose();
  return Object.assign(fill, { model, processor, dispose, [Symbol.dispose]: dispose });
}

function blockMask([height, width]: [number, number], { share = 0.4, seed = 0 }: FillMaskOptions): Tensor<'bool'> {
  check(
    share > 0 && share < 1,
    'InvalidArgument',
    () => `Invalid share: expected a number between 0 and 1, got ${quoted(share)}`,
  );
  const numMaskingPatches = Math.max(1, Math.floor(share * height * width));
  const minNumPatches = Math.min(16, Math.max(1, Math.floor(numMaskingPatches / 4)));
  return new BlockMasking({ height, width, numMaskingPatches, minNumPatches, seed }).next();
}
