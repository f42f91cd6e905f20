import { readFileSync } from 'node:fs';
import type { ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { type RecipeModel, recipeFiles } from '../../test/reference/recipeFiles.ts';

const FOLDER = 'fixtures/base224';
const SEED = 224;

/** BEiT-base at 224 with 1000 labels and a relative bias in every layer, its weights made from the recipe of the tests. */
export function baseModel(): ModelFiles {
  const weights: Record<string, [number[], number]> = JSON.parse(readFileSync(`${FOLDER}/weights.json`, 'utf8'));
  const shapes = Object.fromEntries(Object.entries(weights).map(([name, [shape]]) => [name, shape]));
  const config: RecipeModel['config'] = JSON.parse(readFileSync(`${FOLDER}/config.json`, 'utf8'));
  return recipeFiles({ config, shapes, seed: SEED });
}
