import { parse } from 'node:path';
import { BeitError } from '../errors.ts';

/** The given name, or NAME.kind.png in the working folder's spelling of the picture's path. */
export function outputName(given: string | undefined, image: string, kind: string, count: number): string {
  if (given && count > 1) {
    throw new BeitError('InvalidArgument', `Cannot write ${count} pictures to "${given}": leave --out away`);
  }
  const { dir, name } = parse(image);
  return given ?? `${dir ? `${dir}/` : ''}${name}.${kind}.png`;
}
