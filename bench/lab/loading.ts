// Loading with the files in the file cache: node scripts/run.mjs bench/lab/loading.ts [ROUNDS] (build first; rivals installed).
// BEiT-base in f32, one thread, a new process each time, ours and onnxruntime-web in turn; both files are read before every
// start. A contest of the bench starts each engine twice, with the files as the engines before left them.
import { readFileSync } from 'node:fs';
import { ContestantProcess } from '../contest/contestantProcess.ts';
import { modelContestants } from '../contest/modelContestants.ts';
import { spread } from '../contest/statistics.ts';
import { baseModel } from '../models/baseModel.ts';
import { prepareModel, preparePixels } from '../models/prepare.ts';

const rounds = Number(process.argv[2] ?? 9);
const model = await prepareModel('beit-base', baseModel);
const input = { pixels: preparePixels(224), images: 1, size: 224 };
const contestants = modelContestants(model, input, { python: undefined, fused: false });
const [ours, theirs] = ['ours f32', 'onnxruntime-web f32'].map((who) => contestants.find(({ name }) => name === who)!);

/** Milliseconds of loading, and of them those that its note counts as the creation of a session. */
async function load(contestant: typeof ours, file: string): Promise<{ loadMs: number; creation: number }> {
  readFileSync(file);
  const process = new ContestantProcess(contestant);
  const { loadMs, note } = await process.ready();
  await process.quit();
  return { loadMs, creation: Number(/creation (\d+) ms/.exec(note)?.[1]) };
}

const pairs: { ours: number; theirs: number; creation: number }[] = [];
for (let round = 0; round < rounds; round++) {
  const { loadMs } = await load(ours, `${model.folder}/model.safetensors`);
  const rival = await load(theirs, model.onnx);
  pairs.push({ ours: loadMs, theirs: rival.loadMs, creation: rival.creation });
}
/** Milliseconds that the first touch of every page of so much linear memory takes, and nothing else. */
function firstTouch(bytes: number): number {
  const view = new Uint8Array(new WebAssembly.Memory({ initial: bytes / 65536 }).buffer);
  const begin = performance.now();
  for (let at = 0; at < view.length; at += 4096) view[at] = 1;
  return performance.now() - begin;
}

const column = (of: (pair: (typeof pairs)[number]) => number) => spread(pairs.map(of));
const told = ({ median, low, high }: ReturnType<typeof spread>, digits: number) =>
  `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
const [own, whole, creation] = [column((p) => p.ours), column((p) => p.theirs), column((p) => p.creation)];
console.log(`ours, reading included, ms\t${told(own, 0)}`);
console.log(`onnxruntime-web, reading included, ms\t${told(whole, 0)}`);
console.log(`onnxruntime-web, creation of the session alone, ms\t${told(creation, 0)}`);
console.log(`ours ÷ onnxruntime-web, medians\t${(own.median / whole.median).toFixed(2)}`);
console.log(`ours ÷ creation alone, medians\t${(own.median / creation.median).toFixed(2)}`);
const touches = spread(Array.from({ length: rounds }, () => firstTouch(5350 * 65536)));
console.log(`first touch of 351 MB of memory, ms\t${told(touches, 0)}`);
