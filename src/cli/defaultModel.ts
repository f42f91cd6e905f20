import { fileURLToPath } from 'node:url';

/** The model inside the package: handwritten digits. */
export function defaultModel(): string {
  return fileURLToPath(new URL('../fixtures/beit-digits', import.meta.url));
}
