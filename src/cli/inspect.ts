import type { Command } from 'commander';
import { DTYPES, type Dtype } from '../dtype.ts';
import { BeitError } from '../errors.ts';
import { openSource, readJson } from '../loading/source.ts';
import { architectureOf } from '../model/beit/architectures.ts';
import { BeitConfig } from '../model/beit/config/config.ts';
import { type MemoryPlan, memoryPlan } from '../pretrained/memoryPlan.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import { defaultModel } from './defaultModel.ts';
import { table } from './table.ts';

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what a checkpoint holds and what memory it will take')
    .argument('[folder]', 'folder of a checkpoint (default: handwritten digits, inside the package)')
    .option('--json', 'one JSON object')
    .action(inspect);
}

async function inspect(folder: string = defaultModel(), options: { json?: boolean }): Promise<void> {
  const files = await openSource(folder);
  const json = await readJson(files, 'config.json');
  if (json === null) throw new BeitError('FileNotFound', `Cannot inspect "${folder}": it has no config.json`);
  const config = BeitConfig.fromJSON(json);
  const checkpoint = await openCheckpoint(files);
  const architecture = await architectureOf(config);
  const memory: Partial<Record<Dtype, MemoryPlan>> = {};
  for (const dtype of DTYPES) memory[dtype] = await memoryPlan(config, architecture, { dtype });
  const found = { architecture: architecture.name, config, file: fileFacts(checkpoint), memory };
  process.stdout.write(options.json ? `${JSON.stringify(found)}\n` : readable(folder, found));
}

function fileFacts(checkpoint: Checkpoint) {
  const dtypes = [...new Set([...checkpoint.tensors.values()].map(({ dtype }) => dtype))];
  return { name: checkpoint.file, bytes: checkpoint.bytes, tensors: checkpoint.tensors.size, dtypes };
}

interface Found {
  readonly architecture: string;
  readonly config: BeitConfig;
  readonly file: ReturnType<typeof fileFacts>;
  readonly memory: Partial<Record<Dtype, MemoryPlan>>;
}

function readable(folder: string, { architecture, config, file, memory }: Found): string {
  const { height, width } = config.nativeSize;
  const facts = [
    ['class', architecture],
    ['picture', `${height} × ${width} pixels in patches of ${config.patchSize}`],
    ['body', `${config.numHiddenLayers} blocks of ${config.hiddenSize}, ${config.numAttentionHeads} heads`],
    ['labels', String(config.numLabels)],
    ['parameters', memory.f32!.parameters.toLocaleString('en')],
    ['file', `${file.name}, ${megabytes(file.bytes)}, ${file.tensors} tensors of ${file.dtypes.join(', ')}`],
  ];
  const plan = Object.entries(memory).map(([dtype, m]) => [
    dtype,
    ...[m.weights, m.buffers, m.scratch, m.total].map(megabytes),
  ]);
  const head = ['memory', 'weights', 'buffers', 'scratch', 'total'];
  return `${folder}\n\n${facts.map(([name, fact]) => `${name.padEnd(10)}  ${fact}`).join('\n')}\n\n${table([head, ...plan])}\n`;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
