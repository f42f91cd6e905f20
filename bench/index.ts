// npm run bench: see --help. Runs itself in the newest Node at hand, so that relaxed SIMD is there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleForNode } from '../scripts/bundle.mjs';
import { benchAccuracy } from './accuracy.ts';
import { hasRival } from './contestants/rivalPackage.ts';
import { measureDownloads } from './downloads.ts';
import { hasRelaxed, inNewestNode, newestNode } from './engines.ts';
import { benchMatrices } from './matrices.ts';
import { benchKernels } from './micro/kernels.ts';
import { benchLinear } from './micro/linear.ts';
import { benchModels } from './models.ts';
import { type BenchOptions, HELP, readOptions } from './options.ts';
import { svg } from './report/svg.ts';
import { tables } from './report/tables.ts';
import { type BenchResults, originOfThisRun } from './results.ts';
import { benchScaling } from './scaling.ts';

const CHILDREN = ['ours', 'onnxruntime', 'matrices'].map((name) => `bench/contestants/${name}.ts`);
const PROFILE = 'bench/lab/profile.ts';

/** Set where this script has started itself once. */
const AGAIN = 'BEIT_BENCH_AGAIN';

/** What each section adds to the results. */
const SECTIONS: Readonly<Record<string, (results: BenchResults, options: BenchOptions) => Promise<void>>> = {
  models: async (results, options) => {
    results.models = await benchModels(options);
    results.downloads = measureDownloads();
  },
  matrices: async (results, options) => {
    results.matrices = await benchMatrices(options);
  },
  linear: async (results, options) => {
    results.linear = await benchLinear(options);
  },
  kernels: async (results, options) => {
    results.kernels = await benchKernels(options);
  },
  scaling: async (results, options) => {
    results.scaling = await benchScaling(options);
  },
  accuracy: async (results, options) => {
    results.accuracy = await benchAccuracy(options);
  },
  profile: async () => {
    const args = [`build/bench/${PROFILE.replace('.ts', '.mjs')}`, 'f32,q8', hasRelaxed ? 'relaxed' : 'strict', '10'];
    spawnSync(newestNode, args, { stdio: 'inherit' });
  },
};

const options = readOptions(process.argv.slice(2));
if (options.help) console.log(HELP);
else if (inNewestNode || process.env[AGAIN]) await bench();
else {
  const env = { ...process.env, [AGAIN]: '1' };
  process.exitCode = spawnSync(newestNode, process.argv.slice(1), { stdio: 'inherit', env }).status ?? 1;
}

async function bench(): Promise<void> {
  const unknown = options.sections.filter((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown.length > 0) throw new Error(`No section is called ${unknown.join(', ')}\n\n${HELP}`);
  if (!existsSync('dist/index.node.js')) throw new Error('There is nothing to measure yet: npm run build');
  if (!hasRival('onnxruntime-web')) options.say('Without rivals; to install them: npm ci --prefix bench/rivals\n');
  await bundleForNode([...CHILDREN, PROFILE], 'build/bench');
  const results: BenchResults = { origin: originOfThisRun() };
  for (const [name, run] of Object.entries(SECTIONS)) {
    if (options.sections.length > 0 && !options.sections.includes(name)) continue;
    const begin = performance.now();
    await run(results, options);
    options.say(`${name}: ${((performance.now() - begin) / 1e3).toFixed(0)} s`);
  }
  options.say(`\n${tables(results)}`);
  if (options.json) write(options.json, `${JSON.stringify(results, null, 1)}\n`);
  if (options.svg) write(options.svg, svg(results));
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
