import { type Command, Option } from 'commander';
import { DTYPES, type Dtype } from '../backend.ts';
import type { LoadOptions } from '../pretrained/loadModel.ts';
import { defaultModel } from './defaultModel.ts';
import { progressOnTerminal } from './progress.ts';

/** What every command that runs a model takes. */
export interface ModelOptions {
  readonly model: string;
  readonly dtype: Dtype;
}

/** Adds --model and --dtype to a command; `inside` is the model of the package it falls back to, if it has one. */
export function addModelOptions(command: Command, what: string, inside: string | null = 'beit-digits'): Command {
  const model = new Option('-m, --model <model>', `folder or hub name of ${what}`);
  if (inside) model.default(defaultModel(inside), 'handwritten digits, inside the package');
  return command
    .addOption(model.makeOptionMandatory(inside === null))
    .addOption(new Option('-d, --dtype <dtype>', 'how weights are kept').choices(DTYPES).default('f32'));
}

export function loadOptions({ dtype }: ModelOptions): LoadOptions {
  return { dtype, onProgress: progressOnTerminal() };
}
