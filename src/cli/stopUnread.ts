import type { WriteStream } from 'node:tty';
import { errno, fileSystemError } from '../platform/node/fileSystemError.ts';
import { EXIT } from './exit.ts';
import { reportError } from './report.ts';

/** Ends the command when its output is closed, as by `head`; another failure to write is one line. */
export function stopUnread(output: Pick<WriteStream, 'on'>): void {
  output.on('error', (error) => {
    // a failure that was told before stays one
    const soFar = process.exitCode ?? EXIT.ok;
    process.exit(errno(error) === 'EPIPE' ? soFar : reportError(fileSystemError('write the output', error)));
  });
}
