#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addClassify } from './classify.ts';
import { EXIT } from './exit.ts';
import { addInspect } from './inspect.ts';
import { reportError } from './report.ts';

const program = new Command('beit')
  .description('The BEiT vision transformer on the command line.')
  .exitOverride()
  .showHelpAfterError('(try: beit --help)')
  .addHelpText(
    'after',
    `
Exit codes:
  ${EXIT.ok}    everything was done
  ${EXIT.picture}    a picture was refused; the others were done
  ${EXIT.usage}    the command was not understood
  ${EXIT.model}    the model could not be loaded

Examples:
  beit classify scan.png                       read a handwritten digit with the model inside
  beit classify *.jpg --model ./beit-base --top-k 3
  beit inspect ./beit-base                     config, parameters, bytes, memory plan`,
  );
addClassify(program);
addInspect(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = reportError(error);
}
