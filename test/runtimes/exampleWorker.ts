import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { recipeFiles } from '../reference/recipeFiles.ts';
import { bundleNeutral } from './bundleNeutral.ts';
import { APP, target, unpackPackage } from './prepare.ts';
import { installed } from './tools.ts';
import { type RunningWorker, startWorker } from './workerd.ts';

const FOLDER = join(APP, 'example');
const BASE = 'fixtures/base224';
/** Below the 25 MiB that an asset may have. Unit: bytes. */
const SHARD = 24e6;

/** Bundles examples/worker as wrangler does: the conditions of Workers, WASM as modules beside the script. */
export async function bundleExample(): Promise<string> {
  unpackPackage(APP);
  const library = join(APP, 'node_modules/beit-wasm');
  mkdirSync(FOLDER, { recursive: true });
  for (const core of ['core.picture.wasm', 'core.strict.wasm', 'core.relaxed.wasm', 'core.webp.wasm'])
    cpSync(join(library, 'dist', core), join(FOLDER, core));
  await bundleNeutral({
    entryPoints: ['examples/worker/worker.js'],
    outfile: join(FOLDER, 'worker.js'),
    alias: { 'beit-wasm': join(library, target('workerd')) },
    external: ['*.wasm'],
  });
  return join(FOLDER, 'worker.js');
}

/** Starts the example with the model of a folder that holds `model/`; null without workerd. */
export async function startExample(assets: string, dtype: string): Promise<RunningWorker | null> {
  const binary = installed('@cloudflare/workerd-linux-64/bin/workerd');
  return binary === null ? null : startWorker(binary, await bundleExample(), assets, { DTYPE: dtype });
}

/** A folder with the digits model under `model/`. */
export function digitsAssets(): string {
  const folder = join(APP, 'assets-digits');
  cpSync('fixtures/beit-digits', join(folder, 'model'), { recursive: true });
  return folder;
}

/** A folder with a BEiT-base of recipe weights under `model/`, already quantized, in shards; made once. */
export async function baseAssets(dtype: 'q8' | 'q4'): Promise<string> {
  const folder = join(APP, `assets-base-${dtype}`);
  const model = join(folder, 'model');
  if (existsSync(join(model, 'preprocessor_config.json'))) return folder;
  const json = (name: string) => JSON.parse(readFileSync(`${BASE}/${name}`, 'utf8'));
  const shapes = Object.entries<[number[], number]>(json('weights.json')).map(([name, [shape]]) => [name, shape]);
  const files = recipeFiles({ config: json('config.json'), seed: 224, shapes: Object.fromEntries(shapes) });
  using base = await BeitForImageClassification.fromPretrained(files, { dtype });
  await base.savePretrained(model, { shardSize: SHARD });
  copyFileSync(`${BASE}/preprocessor_config.json`, join(model, 'preprocessor_config.json'));
  return folder;
}
