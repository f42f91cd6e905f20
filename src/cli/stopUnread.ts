import type { WriteStream } from 'node:tty';
import { errno, fileSystemError } from '../platform/node/fileSystemError.ts';
import { reportError } from './report.ts';

/** Ends the command where nobody reads its output any more, as `head` stops; another failure to write is one line. */
export function stopUnread(output: Pick<WriteStream, 'on'>): void {
  output.on('error', (error) => {
    process.exit(errno(error) === 'EPIPE' ? undefined : reportError(fileSystemError('write the output', error)));
  });
}
