import { parse, posix } from 'node:path';
import { check } from '../errors.ts';

/** @throws `InvalidArgument` when one name is given for several pictures */
export function checkOutput(given: string | undefined, { length }: readonly string[]): void {
  check(!given || length === 1, 'InvalidArgument', `Cannot write ${length} pictures to "${given}": leave --out away`);
}

/** The given name, or NAME.kind.png in the working folder's spelling of the picture's path; here, for one with a URL. */
export function outputName(given: string | undefined, image: string, kind: string): string {
  const { dir, name } = parse(/^https?:/.test(image) ? posix.basename(new URL(image).pathname) : image);
  return given ?? `${dir ? `${dir}/` : ''}${name}.${kind}.png`;
}
