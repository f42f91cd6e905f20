import type { Tensor } from '../../tensor.ts';

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
