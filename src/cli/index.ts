#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { runtimeInfo } from '../runtimeInfo.ts';
import { addAttend } from './attend.ts';
import { addBatch } from './batch.ts';
import { addClassify } from './classify.ts';
import { addConvert } from './convert.ts';
import { addDepth } from './depth.ts';
import { addEmbed } from './embed.ts';
import { EXIT } from './exit.ts';
import { addInspect } from './inspect.ts';
import { addMask } from './mask.ts';
import { optionHint } from './optionHints.ts';
import { reportError } from './report.ts';
import { addSegment } from './segment.ts';
import { addServe } from './serve.ts';
import { stopUnread } from './stopUnread.ts';
import { addTokenize } from './tokenize.ts';
import { addEvaluate } from './training/evaluate.ts';
import { addPretrain } from './training/pretrain.ts';
import { addTrain } from './training/train.ts';
import { addVerify } from './verify.ts';

const program = new Command('beit')
  .description('The BEiT vision transformer on the command line.')
  .version(runtimeInfo().version, '-V, --version', 'print the version')
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text + optionHint(text, commandAsked())) })
  .showHelpAfterError('(try: beit --help)')
  .addHelpText(
    'after',
    `
Exit codes:
  ${EXIT.ok}    everything was done
  ${EXIT.picture}    a picture was rejected; the others were done
  ${EXIT.usage}    the command was not understood
  ${EXIT.model}    the model could not be loaded, or the file system failed
  ${EXIT.differs}    verify found other numbers than the published ones

Examples:
  beit classify scan.png                       read a handwritten digit with the model inside
  beit classify *.jpg --model ./beit-base --top-k 3
  beit attend scan.png -o where.png            where the model looks, drawn over the picture
  beit depth photo.jpg -m ./dpt-beit-base-384  how near every pixel is
  beit mask scan.png -o filled.png             hide patches and fill them in
  beit tokenize photo.jpg --tokenizer ./dall-e -o tokens.png
                                               the picture as visual tokens, and painted from them
  beit embed *.jpg -o features.npy             features for cosine search
  beit batch pictures/ out --task embed        a million pictures, resumable
  beit serve --model cats=./beit-cats          answer requests over HTTP
  beit train ./pets ./my-model                 train a classifier on folders of pictures
  beit evaluate ./pets -m ./my-model -o report.svg
                                               accuracy, confusion matrix, figures of each class
  beit pretrain ./pictures ./encoder           train without labels, on visual tokens
  beit inspect ./beit-base                     config, parameters, bytes, memory plan
  beit convert beit.pth ./beit --dtype f16     any checkpoint as safetensors`,
  );
addClassify(program);
addEmbed(program);
addAttend(program);
addSegment(program);
addDepth(program);
addMask(program);
addTokenize(program);
addInspect(program);
addConvert(program);
addVerify(program);
addServe(program);
addBatch(program);
addTrain(program);
addEvaluate(program);
addPretrain(program);

/** The one that the command line names first. */
function commandAsked(): Command | undefined {
  return program.commands.find((command) => command.name() === program.args[0]);
}

stopUnread(process.stdout);
stopUnread(process.stderr);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  else process.exitCode = reportError(error);
}
