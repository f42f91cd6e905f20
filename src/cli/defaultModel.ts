import { fileURLToPath } from 'node:url';

/** A model inside the package: handwritten digits, to classify or to fill in. */
export function defaultModel(name = 'beit-digits'): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}
