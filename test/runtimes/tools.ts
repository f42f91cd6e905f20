import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** Where `node scripts/install_tools.mjs runtimes` puts what test/runtimes/package.json lists. */
const ROOT = resolve('.cache/runtimes');

/** A file of an installed package, or null. */
export function installed(path: string): string | null {
  const file = `${ROOT}/node_modules/${path}`;
  return existsSync(file) ? file : null;
}

/** The first of some system programs that is there, or null. */
export function firstOf(...paths: readonly (string | undefined)[]): string | null {
  return paths.find((path) => path !== undefined && existsSync(path)) ?? null;
}

/** An installed package, or null when it is not there. */
export async function importInstalled<T>(name: string): Promise<T | null> {
  if (!installed(name)) return null;
  const module = await import(createRequire(`${ROOT}/package.json`).resolve(name));
  return module.default ?? module;
}
