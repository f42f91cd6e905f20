import { type Command, InvalidArgumentError } from 'commander';
import { BeitImageProcessor } from '../loading/imageProcessors.ts';
import type { LoadOptions } from '../loading/loadModel.ts';
import { openSource } from '../loading/source.ts';
import { BeitForImageClassification } from '../pretrained/beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from '../pretrained/beitForMaskedImageModeling.ts';
import { Tensor } from '../tensor.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { EXIT } from './exit.ts';
import { progressOnTerminal } from './progress.ts';
import { PUBLISHED_LOGITS, type PublishedLogits } from './publishedLogits.ts';
import { table } from './table.ts';

/** The picture that the published numbers are about. */
const CATS = 'http://images.cocodataset.org/val2017/000000039769.jpg';

interface VerifyOptions {
  readonly picture: string;
  readonly revision?: string;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .description('run a published checkpoint and compare with the logits that transformers asserts of it')
    .argument('<model>', `one of ${Object.keys(PUBLISHED_LOGITS).join(', ')}`, published)
    .option('-p, --picture <file>', 'the two cats, COCO val2017 000000039769 as JPEG or PNG', CATS)
    .option('-r, --revision <revision>', 'branch, tag or commit of the checkpoint')
    .action(verify);
}

function published(model: string): string {
  if (Object.hasOwn(PUBLISHED_LOGITS, model)) return model;
  throw new InvalidArgumentError('No numbers are published for it.');
}

async function verify(model: string, { picture, revision }: VerifyOptions): Promise<void> {
  const expected = PUBLISHED_LOGITS[model];
  const options = { revision, onProgress: progressOnTerminal() };
  const files = await openSource(model, options);
  const processor = await BeitImageProcessor.fromPretrained(files, options);
  const { pixelValues } = await processor.preprocess(picture);
  const logits = await logitsOf(files, expected, pixelValues, options);
  const rows = compare(expected, logits);
  const same = rows.every(({ ok }) => ok);
  const cells = rows.map(({ what, wanted, found, ok }) => [what, wanted, found, ok ? 'same' : 'DIFFERS']);
  process.stdout.write(`${model}\n${table([['', 'published', 'here', ''], ...cells])}\n`);
  if (!same) process.exitCode = EXIT.differs;
}

async function logitsOf(
  files: ModelFiles,
  { kind }: PublishedLogits,
  pixelValues: Tensor,
  options: LoadOptions,
): Promise<Tensor> {
  if (kind === 'classification') {
    using classifier = await BeitForImageClassification.fromPretrained(files, options);
    return (await classifier.forward({ pixelValues })).logits;
  }
  using masked = await BeitForMaskedImageModeling.fromPretrained(files, options);
  const { height, width } = masked.config.nativeGrid;
  const everything = new Uint8Array(height * width).fill(1);
  const boolMaskedPos = new Tensor('bool', everything, [1, everything.length]);
  return (await masked.forward({ pixelValues, boolMaskedPos })).logits;
}

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
      const what = logits.length > 1 ? `logit ${r}, ${c}` : `logit ${c}`;
      const ok = Math.abs(found - wanted) <= tolerance;
      return { what, wanted: wanted.toFixed(4), found: found.toFixed(4), ok };
    }),
  );
  if (best === undefined) return numbers;
  const found = data.indexOf(data.reduce((a, b) => Math.max(a, b)));
  return [...numbers, { what: 'class', wanted: String(best), found: String(found), ok: found === best }];
}
