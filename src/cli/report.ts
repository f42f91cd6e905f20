import { BeitError } from '../errors.ts';
import { EXIT } from './exit.ts';

/** Prints what went wrong as one line and says which exit code it is. */
export function reportError(error: unknown): number {
  if (!(error instanceof BeitError)) throw error;
  // a bar of progress may be on the line
  process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}beit: ${error.message} (${error.code})\n`);
  return error.code === 'InvalidArgument' ? EXIT.usage : EXIT.model;
}
