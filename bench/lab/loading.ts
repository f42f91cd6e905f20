// Loading with the files in the file cache: node scripts/run.mjs bench/lab/loading.ts [ROUNDS] [--cpu] (build first; rivals
// installed). BEiT-base in f32 on one thread and on two, a new process each time, ours and onnxruntime-web in turn; both files are
// read before every start. A contest of the bench starts each engine twice, with the files as the engines before left them. With
// --cpu, for a busy machine, processor time of all threads and of the main thread: two quiet processors load in the larger of the
// latter and half of the former.
import { readFileSync } from 'node:fs';
import { bundleForNode } from '../../scripts/bundle.mjs';
import { useProcessorTime } from '../contest/clock.ts';
import { type Contestant, ContestantProcess } from '../contest/contestantProcess.ts';
import { modelContestants } from '../contest/modelContestants.ts';
import { type Spread, spread } from '../contest/statistics.ts';
import { baseModel } from '../models/baseModel.ts';
import { prepareModel, preparePixels } from '../models/prepare.ts';

/** Milliseconds of loading, of its main thread, and of what its note counts as the creation of a session. */
interface Load {
  readonly loadMs: number;
  readonly mainMs: number;
  readonly creation: number;
}

const [rounds] = process.argv.slice(2).map(Number).filter(Boolean).concat(9);
const cpu = process.argv.includes('--cpu');
const model = await prepareModel('beit-base', baseModel);
const input = { pixels: preparePixels(224), images: 1, size: 224 };
if (cpu) useProcessorTime();
await bundleForNode(['bench/contestants/ours.ts', 'bench/contestants/onnxruntime.ts'], 'build/bench');
const contestants = modelContestants(model, input, { python: undefined, fused: false });

async function load(contestant: Contestant, file: string): Promise<Load> {
  readFileSync(file);
  const process = new ContestantProcess(contestant);
  const { loadMs, mainMs = Number.NaN, note } = await process.ready();
  await process.quit();
  return { loadMs, mainMs, creation: Number(/creation (\d+) ms/.exec(note)?.[1]) };
}

/** Milliseconds that the first touch of every page of so much linear memory takes, and nothing else. */
function firstTouch(bytes: number): number {
  const view = new Uint8Array(new WebAssembly.Memory({ initial: bytes / 65536 }).buffer);
  const time = () => (cpu ? (process.cpuUsage().user + process.cpuUsage().system) / 1e3 : performance.now());
  const begin = time();
  for (let at = 0; at < view.length; at += 4096) view[at] = 1;
  return time() - begin;
}

const told = ({ median, low, high }: Spread) => `${median.toFixed(0)} (${low.toFixed(0)}–${high.toFixed(0)})`;
const share = (a: Spread, b: Spread) => (a.median / b.median).toFixed(3);

/** Ours and theirs in turn, and what their medians are to each other. */
async function compare(threads: string): Promise<void> {
  const named = (name: string) => contestants.find((one) => one.name === name + threads)!;
  const [ours, theirs]: Load[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await load(named('ours f32'), `${model.folder}/model.safetensors`));
    theirs.push(await load(named('onnxruntime-web f32'), model.onnx));
  }
  const column = (loads: readonly Load[], of: keyof Load) => spread(loads.map((one) => one[of]));
  const [own, main] = [column(ours, 'loadMs'), column(ours, 'mainMs')];
  const [whole, creation] = [column(theirs, 'loadMs'), column(theirs, 'creation')];
  console.log(`ours${threads}, reading included, ms\t${told(own)}`);
  console.log(`ours${threads}, processor time of the main thread, ms\t${told(main)}`);
  console.log(`onnxruntime-web${threads}, reading included, ms\t${told(whole)}`);
  console.log(`onnxruntime-web${threads}, creation of the session alone, ms\t${told(creation)}`);
  console.log(`ours ÷ onnxruntime-web${threads}, medians\t${share(own, whole)}`);
  console.log(`ours ÷ creation alone${threads}, medians\t${share(own, creation)}`);
  console.log(`ours ÷ creation alone${threads}, main thread\t${share(main, creation)}`);
}

for (const threads of ['', ', 2 threads']) await compare(threads);
const touches = spread(Array.from({ length: rounds }, () => firstTouch(5350 * 65536)));
console.log(`first touch of 351 MB of memory, ms\t${told(touches)}`);
