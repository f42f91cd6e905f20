// Which models each panel offers. Sizes are what is downloaded: four bytes for each parameter of the published checkpoint.
import type { LoadOptions, Task } from 'beit-wasm';

/** Tasks that have a panel. */
export type PanelTask = Exclude<Task, 'depth-estimation'>;

/** Pictures that come with the page. */
export type Samples = 'scans' | 'scenes' | 'stillLife';

export interface Choice {
  readonly name: string;
  /** A name on the Hugging Face hub, or a folder beside the page. */
  readonly source: string;
  /** Of the download; null where it is not known. */
  readonly megabytes: number | null;
  readonly dtype?: LoadOptions['dtype'];
  readonly samples: Samples;
  /** Of the pixels of visual tokens; the hub's models have none. */
  readonly codebook?: string;
  /** What it wants to be shown. */
  readonly hint: string;
}

/** A folder beside the page, as a URL that workers understand too. */
export const beside = (folder: string) => new URL(folder, document.baseURI).href;

const DIGITS_HINT = 'one handwritten digit, light on dark';
const digits: Choice = {
  name: 'Handwritten digits',
  source: beside('models/beit-digits'),
  megabytes: 0.8,
  samples: 'scans',
  hint: DIGITS_HINT,
};
const hub = (name: string, source: string, megabytes: number, hint: string): Choice => ({
  name,
  source,
  megabytes,
  samples: 'stillLife',
  hint,
});
const deitTiny = hub('DeiT tiny on ImageNet', 'facebook/deit-tiny-patch16-224', 23, 'a photograph of one thing');
const beitBase: Choice = {
  ...hub('BEiT base on ImageNet', 'microsoft/beit-base-patch16-224', 346, 'a photograph of one thing'),
  dtype: 'q8',
};

export const CHOICES: { readonly [T in PanelTask]: readonly Choice[] } = {
  'image-classification': [digits, deitTiny, beitBase],
  'image-feature-extraction': [digits, { ...deitTiny, name: 'DeiT tiny' }, { ...beitBase, name: 'BEiT base' }],
  'image-segmentation': [
    {
      name: 'Digits on paper',
      source: beside('models/beit-scenes'),
      megabytes: 0.4,
      samples: 'scenes',
      hint: 'dark digits on light paper, four at most',
    },
    {
      ...hub(
        'BEiT base on ADE20K',
        'microsoft/beit-base-finetuned-ade-640-640',
        654,
        'a photograph of a room or a street',
      ),
      dtype: 'f16',
    },
  ],
  'fill-mask-image': [
    {
      ...digits,
      name: 'Digits, pre-trained',
      source: beside('models/beit-digits-pt'),
      codebook: beside('models/beit-digits-pt/codebook.safetensors'),
    },
    {
      ...hub('BEiT base, pre-trained', 'microsoft/beit-base-patch16-224-pt22k', 368, 'any photograph'),
      dtype: 'q8',
    },
  ],
};

/** A model that the user names. */
export function otherChoice(source: string): Choice {
  return { ...hub(source, source, 0, 'what the model was trained for'), megabytes: null };
}
