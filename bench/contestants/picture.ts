// One contestant of bench/pictures in a process of its own: picture.mjs JOB ENGINE. Lines of standard input are `run PATH` or
// `peak PATH`; each is answered by a line of JSON with ms of CPU, or with the bytes by which resident memory peaks above what
// the process had before (Linux: it reads /proc).
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { PictureAnswer, PictureJob, PictureRun } from '../pictures/jobs.ts';
import { ENGINES } from './pictureEngines.ts';

const [job, engine] = process.argv.slice(2);
const run = await ENGINES[job as PictureJob][engine]();
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const space = line.indexOf(' ');
  const bytes = new Uint8Array(readFileSync(line.slice(space + 1)));
  say(line.startsWith('peak') ? { peakBytes: await peakOf(run, bytes) } : await timeOf(run, bytes));
}
process.exit(0);

async function timeOf(run: PictureRun, bytes: Uint8Array<ArrayBuffer>): Promise<PictureAnswer> {
  const before = process.cpuUsage();
  const found = await run(bytes);
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1e3, label: typeof found === 'string' ? found : undefined };
}

async function peakOf(run: PictureRun, bytes: Uint8Array<ArrayBuffer>): Promise<number> {
  writeFileSync('/proc/self/clear_refs', '5');
  const idle = status('VmRSS');
  await run(bytes);
  return status('VmHWM') - idle;
}

function status(field: string): number {
  const text = readFileSync('/proc/self/status', 'utf8');
  return 1024 * Number(new RegExp(`${field}:\\s*(\\d+)`).exec(text)![1]);
}

function say(answer: PictureAnswer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
