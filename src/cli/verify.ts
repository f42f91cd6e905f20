import { type Command, InvalidArgumentError } from 'commander';
import { check } from '../errors.ts';
import { AutoImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { openSource } from '../loading/source.ts';
import {
  AutoModel,
  AutoModelForDepthEstimation,
  AutoModelForMaskedImageModeling,
  AutoModelForSemanticSegmentation,
} from '../pretrained/auto.ts';
import { BeitForImageClassification } from '../pretrained/beitForImageClassification.ts';
import { DeiTForImageClassificationWithTeacher } from '../pretrained/deitForImageClassificationWithTeacher.ts';
import { Tensor } from '../tensor.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { EXIT } from './exit.ts';
import { progressOnTerminal } from './progress.ts';
import { PICTURES, PUBLISHED_LOGITS, type PublishedKind, type PublishedLogits } from './publishedLogits.ts';
import { table } from './table.ts';

interface VerifyOptions {
  readonly picture?: string;
  readonly revision?: string;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('run a published checkpoint and compare with the numbers that transformers asserts of it')
    .argument('<model>', `one of ${Object.keys(PUBLISHED_LOGITS).join(', ')}`, published)
    .option('-p, --picture <file>', 'the picture of the numbers (default: the two cats, COCO val2017 000000039769)')
    .option('-r, --revision <revision>', 'branch, tag or commit of the checkpoint')
    .action(verify);
}

function published(model: string): string {
  if (Object.hasOwn(PUBLISHED_LOGITS, model)) return model;
  throw new InvalidArgumentError('No numbers are published for it.');
}

async function verify(model: string, { picture, revision }: VerifyOptions): Promise<void> {
  const expected = PUBLISHED_LOGITS[model];
  const shown = picture ?? PICTURES[expected.picture];
  check(shown !== null, 'InvalidArgument', () => {
    return `Cannot verify "${model}": its numbers are of a picture without an address; give it with --picture: ${WHERE[expected.picture]}`;
  });
  const options = { revision, onProgress: progressOnTerminal() };
  const files = await openSource(model, options);
  const processor = await AutoImageProcessor.fromPretrained(files, options);
  const { pixelValues } = await processor.preprocess(shown!);
  const rows = compare(expected, await OUTPUTS[expected.kind](files, pixelValues, options));
  const same = rows.every(({ ok }) => ok);
  const cells = rows.map(({ what, wanted, found, ok }) => [what, wanted, found, ok ? 'same' : 'DIFFERS']);
  process.stdout.write(`${model}\n${table([['', 'published', 'here', ''], ...cells])}\n`);
  if (!same) process.exitCode = EXIT.differs;
}

const WHERE: Readonly<Record<keyof typeof PICTURES, string>> = {
  cats: 'COCO val2017 000000039769',
  ade20k: 'the first of the data set hf-internal-testing/fixtures_ade20k',
  document: 'the first of the data set nielsr/rvlcdip-demo',
};

type Compute = (files: ModelFiles, pixelValues: Tensor, options: LoadOptions) => Promise<Tensor>;

/** What is compared, by kind. */
const OUTPUTS: Readonly<Record<PublishedKind, Compute>> = {
  async classification(files, pixelValues, options) {
    using model = await BeitForImageClassification.fromPretrained(files, options);
    return (await model.forward({ pixelValues })).logits;
  },
  async teacher(files, pixelValues, options) {
    using model = await DeiTForImageClassificationWithTeacher.fromPretrained(files, options);
    return (await model.forward({ pixelValues })).logits;
  },
  async tokens(files, pixelValues, options) {
    using model = await AutoModel.fromPretrained(files, options);
    return (await model.forward({ pixelValues })).lastHiddenState;
  },
  async depth(files, pixelValues, options) {
    using model = await AutoModelForDepthEstimation.fromPretrained(files, options);
    return (await model.forward({ pixelValues })).predictedDepth;
  },
  async segmentation(files, pixelValues, options) {
    using model = await AutoModelForSemanticSegmentation.fromPretrained(files, options);
    return (await model.forward({ pixelValues })).logits;
  },
  /** With every patch hidden. */
  async masked(files, pixelValues, options) {
    using model = await AutoModelForMaskedImageModeling.fromPretrained(files, options);
    const { height, width } = model.config.nativeGrid;
    const everything = new Uint8Array(height * width).fill(1);
    const boolMaskedPos = new Tensor('bool', everything, [1, everything.length]);
    return (await model.forward({ pixelValues, boolMaskedPos })).logits;
  },
};

interface Row {
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly ok: boolean;
}

function compare({ logits, best, tolerance }: PublishedLogits, { data, dims }: Tensor): Row[] {
  const cols = dims.at(-1)!;
  const numbers = logits.flatMap((row, r) =>
    row.map((wanted, c): Row => {
      const found = data[r * cols + c];
      const what = logits.length > 1 ? `number ${r}, ${c}` : `logit ${c}`;
      const ok = Math.abs(found - wanted) <= tolerance;
      return { what, wanted: wanted.toFixed(4), found: found.toFixed(4), ok };
    }),
  );
  if (best === undefined) return numbers;
  const found = data.indexOf(data.reduce((a, b) => Math.max(a, b)));
  return [...numbers, { what: 'class', wanted: String(best), found: String(found), ok: found === best }];
}
