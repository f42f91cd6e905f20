// npm run bench: see --help. Runs itself in the newest Node at hand, so that relaxed SIMD is there.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleForNode } from '../scripts/bundle.mjs';
import { benchAccuracy } from './accuracy.ts';
import { benchColdStart } from './coldStart.ts';
import { hasRival } from './contestants/rivalPackage.ts';
import { measureDownloads } from './downloads.ts';
import { hasRelaxed, inNewestNode, newestNode, v8Flags } from './engines.ts';
import { benchMatrices } from './matrices.ts';
import { benchKernels } from './micro/kernels.ts';
import { benchLinear } from './micro/linear.ts';
import { benchModels } from './models.ts';
import { type BenchOptions, HELP, readOptions } from './options.ts';
import { benchPictures } from './pictures/benchPictures.ts';
import { printProgress } from './progress.ts';
import { svg } from './report/svg.ts';
import { originLine, processorTable, tables, targets } from './report/tables.ts';
import { type BenchResults, fileName, originOfThisRun, readResults, resultsJson } from './results.ts';
import { benchScaling } from './scaling.ts';
import { benchTraining } from './training.ts';

const CHILDREN = ['ours', 'onnxruntime', 'matrices', 'training', 'picture'].map(
  (name) => `bench/contestants/${name}.ts`,
);
const PROFILE = 'bench/lab/profile.ts';

/** Set where this script has started itself once. */
const AGAIN = 'BEIT_BENCH_AGAIN';

/** What each section adds to the results. */
const SECTIONS: Readonly<Record<string, (results: BenchResults, options: BenchOptions) => Promise<void>>> = {
  models: async (results, options) => {
    results.models = await benchModels(options, results.origin.processor?.fusedMultiplyAdd ?? false);
    results.downloads = measureDownloads();
  },
  matrices: async (results, options) => {
    results.matrices = await benchMatrices(options);
  },
  train: async (results, options) => {
    results.training = await benchTraining(options);
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
  pictures: async (results, options) => {
    results.pictures = await benchPictures(options);
  },
  start: async (results, options) => {
    results.start = await benchColdStart(options);
  },
  profile: async () => {
    const args = [
      ...v8Flags,
      `build/bench/${PROFILE.replace('.ts', '.mjs')}`,
      'f32,q8',
      hasRelaxed ? 'relaxed' : 'strict',
      '10',
    ];
    spawnSync(newestNode, args, { stdio: 'inherit' });
  },
};

const options = readOptions(process.argv.slice(2));
if (options.help) console.log(HELP);
else if (process.env[AGAIN] || (inNewestNode && options.v8.length === 0)) await bench();
else {
  const env = { ...process.env, [AGAIN]: '1' };
  process.exitCode =
    spawnSync(newestNode, [...options.v8, ...process.argv.slice(1)], { stdio: 'inherit', env }).status ?? 1;
}

async function bench(): Promise<void> {
  const unknown = options.sections.filter((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown.length > 0) throw new Error(`No section is called ${unknown.join(', ')}\n\n${HELP}`);
  if (!existsSync('dist/index.node.js')) throw new Error('There is nothing to measure yet: npm run build');
  if (!hasRival('onnxruntime-web')) options.say('Without rivals; to install them: npm ci --prefix bench/rivals\n');
  await bundleForNode([...CHILDREN, PROFILE], 'build/bench');
  const results: BenchResults = { origin: await originOfThisRun(options) };
  const names = Object.keys(SECTIONS).filter(
    (name) => options.sections.length === 0 || options.sections.includes(name),
  );
  options.say(`${originLine(results)}\n\n${processorTable(results)}`);
  for (const [i, name] of names.entries()) await section(name, `section ${i + 1} of ${names.length}`, results);
  if (targets(results)) options.say(`\n${targets(results)}`);
  const kept = `bench/results/${fileName(results)}`;
  const { json = options.save && `${kept}.json`, svg: picture = options.save && `${kept}.svg` } = options;
  if (json) write(json, resultsJson(options.save && existsSync(json) ? { ...readResults(json), ...results } : results));
  if (picture && results.models) write(picture, svg(results));
}

/** Measures one section, prints its tables and adds it to `results`. */
async function section(name: string, position: string, results: BenchResults): Promise<void> {
  options.say(`\n${name}, ${position}`);
  const begin = performance.now();
  const found: BenchResults = { origin: results.origin };
  await SECTIONS[name](found, { ...options, progress: printProgress(name) });
  Object.assign(results, found);
  options.say(`\n${tables(found)}\n\n${name}: ${((performance.now() - begin) / 1e3).toFixed(0)} s`);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
