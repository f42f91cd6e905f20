import { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addClassify } from '../../../src/cli/classify.ts';
import { addEmbed } from '../../../src/cli/embed.ts';
import { optionHint } from '../../../src/cli/optionHints.ts';
import { addServe } from '../../../src/cli/serve.ts';
import { addTrain } from '../../../src/cli/training/train.ts';

const test = suite('cli/optionHints');
const program = new Command('beit');
for (const add of [addClassify, addEmbed, addServe, addTrain]) add(program);
const hint = (command: string, option: string) =>
  optionHint(
    `error: unknown option '${option}'\n`,
    program.commands.find((each) => each.name() === command),
  );

test('an option of other tools names the option here', () => {
  for (const [command, option, expected] of [
    ['classify', '--num-threads', '--threads'],
    ['classify', '--num_threads=2', '--threads'],
    ['classify', '--model_name_or_path', '--model'],
    ['classify', '--torch-dtype', '--dtype'],
    ['classify', '--fp16', '--dtype f16'],
    ['classify', '--load_in_4bit', '--dtype q4'],
    ['embed', '--output', '--out'],
    ['serve', '--num-workers', '--workers'],
    ['embed', '--num-workers', '--threads'],
    ['train', '--per_device_train_batch_size', '--batch'],
    ['train', '--lr', '--learning-rate'],
  ])
    assert.is(hint(command, option), `(Did you mean ${expected}?)\n`);
});

test('one that nothing corresponds to says what to do instead', () => {
  assert.is(hint('classify', '--cache-dir'), '(set HF_HOME)\n');
  assert.is(hint('classify', '--device'), '(the command computes on the CPU)\n');
});

test('there is no hint for others, for options that the command lacks, and beside that of commander', () => {
  assert.is(hint('classify', '--nonsense'), '');
  assert.is(hint('classify', '--constructor'), '');
  assert.is(hint('classify', '--output'), '', 'classify has no --out');
  assert.is(hint('nothing', '--lr'), '');
  const [command] = program.commands;
  assert.is(optionHint("error: unknown option '--output'\n(Did you mean --offline?)\n", command), '');
  assert.is(optionHint("error: missing required argument 'pictures'\n", command), '');
});

test.run();
