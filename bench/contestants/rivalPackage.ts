import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';

const rivals = createRequire(resolve('bench/rivals/package.json'));

/** A package of bench/rivals. */
export function rivalPackage<T>(name: string): T {
  return rivals(name);
}

/** The path of a file of such a package. */
export function rivalFile(file: string): string {
  return rivals.resolve(file);
}

/** The folder a file of such a package lies in. */
export function rivalFolder(file: string): string {
  return dirname(rivalFile(file));
}

export function hasRival(name: string): boolean {
  try {
    return Boolean(rivals.resolve(name));
  } catch {
    return false;
  }
}
