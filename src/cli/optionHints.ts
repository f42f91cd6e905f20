import type { Command } from 'commander';

/** Names of other tools → what to write here, the first of each list that the command has. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  'num-threads': ['--threads'],
  'n-threads': ['--threads'],
  'intra-op-num-threads': ['--threads'],
  cores: ['--threads'],
  jobs: ['--workers', '--threads'],
  'num-workers': ['--workers', '--threads'],
  precision: ['--dtype'],
  'torch-dtype': ['--dtype'],
  quantization: ['--dtype'],
  quantize: ['--dtype q8'],
  quantized: ['--dtype q8'],
  int8: ['--dtype q8'],
  'load-in-8bit': ['--dtype q8'],
  'load-in-4bit': ['--dtype q4'],
  int4: ['--dtype q4'],
  fp32: ['--dtype f32'],
  fp16: ['--dtype f16'],
  half: ['--dtype f16'],
  bf16: ['--dtype bf16'],
  'model-name': ['--model'],
  'model-id': ['--model'],
  'model-path': ['--model'],
  'model-name-or-path': ['--model'],
  checkpoint: ['--model'],
  ckpt: ['--model'],
  weights: ['--model'],
  'local-files-only': ['--offline'],
  'num-labels': ['--top-k'],
  output: ['--out'],
  'output-file': ['--out'],
  'output-path': ['--out'],
  save: ['--out'],
  'batch-size': ['--batch'],
  'per-device-train-batch-size': ['--batch'],
  'gradient-accumulation-steps': ['--accumulate'],
  'max-grad-norm': ['--clip'],
  'num-epochs': ['--epochs'],
  'num-train-epochs': ['--epochs'],
  lr: ['--learning-rate'],
  'lora-r': ['--rank'],
  'resume-from-checkpoint': ['--resume'],
  'val-split': ['--validation'],
  'mask-ratio': ['--share', '--masked'],
  id2label: ['--labels'],
  'max-shard-size': ['--shard-size'],
  'commit-hash': ['--revision'],
  branch: ['--revision'],
  bind: ['--host'],
  listen: ['--host'],
};

/** Names that no option here corresponds to. */
const OTHERS: Readonly<Record<string, string>> = {
  input: 'write the files without an option',
  image: 'write the files without an option',
  images: 'write the files without an option',
  'output-dir': 'write the folder without an option, or a file behind --out',
  outdir: 'write the folder without an option, or a file behind --out',
  device: 'the command computes on the CPU',
  gpu: 'the command computes on the CPU',
  cuda: 'the command computes on the CPU',
  'cache-dir': 'set HF_HOME',
  token: 'set HF_TOKEN',
  'hf-token': 'set HF_TOKEN',
  'trust-remote-code': 'no code of a repository is ever run',
};

/** What to write in place of an option that commander does not know, in parentheses and on a line of its own, or nothing. */
export function optionHint(message: string, command: Command | undefined): string {
  const unknown = /unknown option '-+([\w-]+)/.exec(message)?.[1];
  if (!unknown || !command || message.includes('Did you mean')) return '';
  const name = unknown.toLowerCase().replaceAll('_', '-');
  const has = (written: string) => command.options.some(({ long }) => long === written.split(' ')[0]);
  const hint = Object.hasOwn(OPTIONS, name) ? OPTIONS[name].find(has) : undefined;
  if (hint) return `(Did you mean ${hint}?)\n`;
  return Object.hasOwn(OTHERS, name) ? `(${OTHERS[name]})\n` : '';
}
