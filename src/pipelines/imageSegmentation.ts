import { readPicture } from '../image/picture.ts';
import type { RgbPixels } from '../image/pixels.ts';
import { postProcessSemanticSegmentation } from '../image/postProcessSemanticSegmentation.ts';
import { labelsByLogit } from '../model/beit/labels.ts';
import { BeitForSemanticSegmentation } from '../pretrained/beitForSemanticSegmentation.ts';
import { BeitImageProcessor } from '../pretrained/imageProcessors.ts';
import type { LoadOptions } from '../pretrained/loadModel.ts';
import type { ModelSource } from '../pretrained/source.ts';
import type { Tensor } from '../tensor.ts';
import type { Pipeline } from './callable.ts';
import { asPictures, type PictureInput } from './picture.ts';

/** One class that is on the picture. */
export interface Segment {
  readonly label: string;
  /** Semantic segmentation has no score of a segment; the field is there because the ecosystem's pipelines have it. */
  readonly score: null;
  /** Index of the class's logits. */
  readonly index: number;
  /** Part of the picture, 0 to 1. */
  readonly share: number;
  /** 255 where the class is, else 0, in the size of the picture. */
  readonly mask: { readonly data: Uint8Array; readonly width: number; readonly height: number; readonly channels: 1 };
}

/** A picture to its segments, largest first; a list of pictures to a list of them. */
export interface ImageSegmentationPipeline extends Pipeline {
  (picture: PictureInput, options?: { signal?: AbortSignal }): Promise<Segment[]>;
  (pictures: readonly PictureInput[], options?: { signal?: AbortSignal }): Promise<Segment[][]>;
  /** The class of every pixel [height, width], in the size of the picture. */
  segment(picture: PictureInput, options?: { signal?: AbortSignal }): Promise<Tensor<'int32'>>;
  readonly model: BeitForSemanticSegmentation;
  readonly processor: BeitImageProcessor;
}

/** Loads a segmentation model and its processor. */
export async function imageSegmentation(source: ModelSource, options: LoadOptions): Promise<ImageSegmentationPipeline> {
  const model = await BeitForSemanticSegmentation.fromPretrained(source, options);
  const processor = await BeitImageProcessor.fromPretrained(source, options);
  const labels = labelsByLogit(model.config.id2label);
  const segmentAll = async (input: PictureInput | readonly PictureInput[], signal?: AbortSignal) => {
    const pictures = await Promise.all((await asPictures(input)).map((picture) => readPicture(picture)));
    const { pixelValues } = await processor.preprocess(pictures);
    const { logits } = await model.forward({ pixelValues, signal });
    const maps = postProcessSemanticSegmentation(logits, pictures.map(sizeOf));
    return maps.map(({ segmentation }) => segmentation);
  };
  const segments = async (input: PictureInput | readonly PictureInput[], { signal }: { signal?: AbortSignal } = {}) => {
    const all = (await segmentAll(input, signal)).map((map) => segmentsOf(map, labels));
    return Array.isArray(input) ? all : all[0];
  };
  const segment: ImageSegmentationPipeline['segment'] = async (input, { signal } = {}) =>
    (await segmentAll(input, signal))[0];
  const dispose = () => model.dispose();
  const parts = { segment, model, processor, dispose, [Symbol.dispose]: dispose };
  return Object.assign(segments, parts) as ImageSegmentationPipeline;
}

function sizeOf({ height, width }: RgbPixels): [number, number] {
  return [height, width];
}

/** What is on a map of classes, largest first. */
export function segmentsOf({ data, dims }: Tensor<'int32'>, labels: readonly { label: string }[]): Segment[] {
  const [height, width] = dims;
  const present = [...new Set(data)].filter((index) => index >= 0 && index < labels.length);
  return present
    .map((index): Segment => {
      const mask = Uint8Array.from(data, (at) => (at === index ? 255 : 0));
      const share = mask.reduce((sum, at) => sum + (at ? 1 : 0), 0) / data.length;
      return {
        label: labels[index].label,
        score: null,
        index,
        share,
        mask: { data: mask, width, height, channels: 1 },
      };
    })
    .sort((a, b) => b.share - a.share || a.index - b.index);
}
