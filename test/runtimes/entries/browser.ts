// A page, and the same as the script of a worker: `smoke.html?page` or `?worker`, or `?webgpu` for what a GPU adds; with
// `&training=1,5` training alone, on these numbers of threads. The page posts its report.
import * as beit from 'beit-wasm';
import { SOME_NUMBERS } from '../numbersOfThreads.ts';
import { type Report, smoke } from '../smoke.ts';
import { trainingAlone } from '../training.ts';
import { webgpuSmoke } from '../webgpu.ts';

/** Where the server of the test has it: no bundle. */
const TRAIN: string = '/node_modules/beit-wasm/dist/train.web.js';

const run = async (suite: typeof smoke, threads = SOME_NUMBERS) =>
  suite({
    beit,
    train: await import(TRAIN),
    threads,
    source: (name) => `/fixtures/${name}`,
    read: async (name) => new Uint8Array(await (await fetch(`/fixtures/${name}`)).arrayBuffer()),
  });

function inWorker(): Promise<Report> {
  const worker = new Worker(`${import.meta.url}${location.search}`, { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || 'the worker script cannot be loaded'));
  });
}

const query = new URLSearchParams(location.search);
const training = query.get('training')?.split(',').map(Number);
const here = () => (training ? run(trainingAlone, training) : run(query.has('webgpu') ? webgpuSmoke : smoke));
if (typeof document === 'undefined') self.postMessage(await here());
else {
  const report = await (query.has('worker') ? inWorker() : here());
  await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
}
