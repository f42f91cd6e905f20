import { writeFile } from 'node:fs/promises';
import { enlarged } from '../explain/enlarged.ts';
import { encodePng } from '../image/png/encodePng.ts';
import { onDisk } from '../platform/node/fileSystemError.ts';

/** @throws `FileSystem` naming the file. */
export function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  return onDisk(`write ${path}`, () => writeFile(path, bytes));
}

/** Of the longer side; unit: pixels. */
export const LEAST_SIDE = 384;

/** Writes a PNG that is large enough to be seen: of `least` pixels or more. @throws `FileSystem` naming the file. */
export function writePicture(
  path: string,
  picture: Parameters<typeof encodePng>[0],
  least = LEAST_SIDE,
): Promise<void> {
  return writeOutput(path, encodePng(enlarged(picture, least)));
}
