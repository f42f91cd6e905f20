// node scripts/run.mjs test/runtimes/isolate.ts [q8 q4]: the memory of a Worker that loads BEiT-base from shards and
// classifies, over the same Worker idle. Prints a table and fails when q4 needs more than the 128 MB of an isolate.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { pipeline } from '../../src/pipelines/pipeline.ts';
import { baseAssets, startExample } from './exampleWorker.ts';

const LIMIT = 128; // MB
const PICTURE = 'fixtures/base224/picture.png';
const ROUNDS = 4;

/** Resident memory of a process now and at its highest since {@link resetPeak}. Unit: 10⁶ bytes. */
function resident(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)![1]) * 1024) / 1e6;
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

async function measure(dtype: 'q8' | 'q4'): Promise<number> {
  const assets = await baseAssets(dtype);
  const shards = readdirSync(`${assets}/model`).filter((name) => name.endsWith('.safetensors'));
  const largest = Math.max(...shards.map((name) => statSync(`${assets}/model/${name}`).size));
  const picture = readFileSync(PICTURE);
  using here = await pipeline('image-classification', `${assets}/model`, { dtype, threads: 1 });
  const expected = JSON.stringify(await here(new Uint8Array(picture)));
  const worker = await startExample(assets, dtype);
  if (!worker) throw new Error('no workerd: node scripts/install_tools.mjs runtimes');
  try {
    await fetch(worker.url);
    const idle = resident(worker.pid).now;
    resetPeak(worker.pid);
    const times: number[] = [];
    const peaks: number[] = [];
    for (let i = 0; i <= ROUNDS; i++) {
      const started = performance.now();
      const answer = await fetch(worker.url, { method: 'POST', body: picture });
      times.push(performance.now() - started);
      const text = await answer.text();
      if (text !== expected) throw new Error(`another answer than here: ${text.slice(0, 300)}`);
      peaks.push(resident(worker.pid).peak - idle);
    }
    const after = resident(worker.pid).now - idle;
    const peak = peaks.at(-1)!;
    const mb = (value: number) => value.toFixed(1);
    console.log(
      `${dtype}: ${shards.length} shards, largest ${mb(largest / 1e6)} MB; linear memory ${mb(here.model.memory / 1e6)} MB; ` +
        `over an idle Worker (${mb(idle)} MB): peak while loading and first answer ${mb(peaks[0])} MB, peak of all ${mb(peak)} MB, after ${mb(after)} MB; ` +
        `first answer ${times[0].toFixed(0)} ms, later ${times
          .slice(1)
          .map((ms) => ms.toFixed(0))
          .join(', ')} ms`,
    );
    return peak;
  } finally {
    worker.stop();
  }
}

const wanted = (['q8', 'q4'] as const).filter((name) => process.argv.length < 3 || process.argv.includes(name));
const peaks = new Map<string, number>();
for (const dtype of wanted) peaks.set(dtype, await measure(dtype));
process.exitCode = (peaks.get('q4') ?? 0) > LIMIT ? 1 : 0;
