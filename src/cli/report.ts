import { BeitError } from '../errors.ts';
import { EXIT } from './exit.ts';

/** Prints what went wrong as one line and says which exit code it is. */
export function reportError(error: unknown): number {
  if (!(error instanceof BeitError)) throw error;
  process.stderr.write(`beit: ${error.message} (${error.code})\n`);
  return error.code === 'InvalidArgument' ? EXIT.usage : EXIT.model;
}
