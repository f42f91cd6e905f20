import { type Command, Option } from 'commander';
import { defaultModel } from '../defaultModel.ts';
import { positiveInteger, sourceOptions, threadCount } from '../modelOptions.ts';
import { writeOutput } from '../writeOutput.ts';
import { folderExamples } from './classFolders.ts';
import { percent, reportClasses, reportTroubles } from './trainReport.ts';

interface EvaluateCommandOptions {
  readonly model: string;
  readonly threads: 'auto' | number;
  readonly revision?: string;
  readonly offline?: boolean;
  readonly batch?: number;
  readonly out?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
}

export function addEvaluate(program: Command): void {
  const model = new Option('-m, --model <model>', 'folder or hub name of a classifier');
  program
    .command('evaluate')
    .description('how well a classifier does on a folder with one folder of pictures for each class')
    .argument('<folder>', 'its folders are classes of the model, by name')
    .addOption(model.default(defaultModel('beit-digits'), 'handwritten digits, inside the package'))
    .option('-o, --out <file.svg>', 'draw the confusion matrix and the figures of each class')
    .option('--json', 'print everything as JSON')
    .option('-b, --batch <n>', 'pictures a pass', positiveInteger)
    .option('-t, --threads <n>', 'threads, or auto', threadCount, 'auto')
    .option('-r, --revision <revision>', 'branch, tag or commit of a hub model')
    .option('--offline', 'take hub models from the cache only')
    .option('--strict', 'stop at a picture that cannot be read')
    .action(evaluateModel);
}

async function evaluateModel(folder: string, options: EvaluateCommandOptions): Promise<void> {
  const { evaluate } = await import('../../train/evaluate.ts');
  const { revision, localFilesOnly, threads, onProgress } = sourceOptions(options);
  const { skipped, ...evaluation } = await evaluate(options.model, await folderExamples(folder), {
    ...{ revision, localFilesOnly, threads, onProgress },
    batchSize: options.batch,
    onBadPicture: options.strict ? 'throw' : 'skip',
  });
  reportTroubles(skipped, null);
  const { loss, accuracy } = evaluation;
  if (options.json) process.stdout.write(`${JSON.stringify(evaluation)}\n`);
  else process.stdout.write(`${percent(accuracy)} right, loss ${loss.toFixed(4)}\n`);
  if (!options.json) reportClasses(evaluation);
  if (!options.out) return;
  const { evaluationSvg } = await import('../../train/evaluationSvg.ts');
  await writeOutput(options.out, new TextEncoder().encode(evaluationSvg(evaluation, folder)));
}
