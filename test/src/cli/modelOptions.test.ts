import { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { addModelOptions, loadOptions, type ModelOptions, positiveInteger } from '../../../src/cli/modelOptions.ts';
import { warnOnTerminal } from '../../../src/cli/progress.ts';

const test = suite('cli/modelOptions');

function parsed(inside: string | null, ...args: string[]): ModelOptions {
  const command = addModelOptions(new Command().exitOverride(), 'a model', inside).configureOutput({
    writeErr: () => {},
  });
  return command.parse(args, { from: 'user' }).opts();
}

test('flags become the options of a load', () => {
  const options = loadOptions(
    parsed(
      'x',
      '-m',
      'a/b',
      '-d',
      'q8',
      '-t',
      '3',
      '-r',
      'main',
      '--offline',
      '--arithmetic',
      'fused',
      '--wide-vectors',
    ),
  );
  assert.equal(
    { ...options, onProgress: undefined, onWarning: warnOnTerminal },
    {
      dtype: 'q8',
      threads: 3,
      arithmetic: 'fused',
      wideVectors: true,
      revision: 'main',
      localFilesOnly: true,
      onProgress: undefined,
      onWarning: warnOnTerminal,
    },
  );
  assert.is(loadOptions(parsed('x')).threads, 'auto');
  assert.is(loadOptions(parsed('x')).arithmetic, undefined);
});

test('a model inside is the default; where there is none, one must be named', () => {
  assert.match(parsed('beit-digits').model, /fixtures\/beit-digits$/);
  assert.throws(() => parsed(null), /required option/);
  assert.is(parsed(null, '--model', 'm').model, 'm');
});

test('counts and dtypes that are none', () => {
  for (const text of ['0', '-1', '1.5', 'many', ''])
    assert.throws(() => positiveInteger(text), /positive integer/, text);
  assert.is(positiveInteger('12'), 12);
  assert.throws(() => parsed('x', '--threads', '0'), /positive integer/);
  assert.throws(() => parsed('x', '--dtype', 'f64'), /Allowed choices are f32, f16, bf16, q8, q4/);
});

test.run();
