import { BeitError } from '../errors.ts';
import { EXIT } from './exit.ts';
import { tellLine } from './progress.ts';

/** Prints what went wrong as one line and says which exit code it is. */
export function reportError(error: unknown): number {
  if (!(error instanceof BeitError)) throw error;
  tellLine(`beit: ${error.message} (${error.code})`);
  return error.code === 'InvalidArgument' ? EXIT.usage : EXIT.model;
}
