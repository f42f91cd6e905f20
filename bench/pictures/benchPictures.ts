import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Spread, spread } from '../contest/statistics.ts';
import type { BenchOptions } from '../options.ts';
import type { PictureJob } from './jobs.ts';
import { type PictureContestant, pictureContestants } from './pictureContestants.ts';
import { PictureProcess } from './pictureProcess.ts';
import { prepareLabels } from './prepareLabels.ts';

/** What one contestant took for one picture. */
export interface PictureTime {
  readonly job: PictureJob;
  readonly picture: string;
  readonly name: string;
  readonly time: Spread; // ms of CPU
  readonly label?: string | undefined;
  readonly peakBytes?: number | undefined; // resident, above the process before
}

/** Which pictures a job is measured on. */
const PICTURES: Readonly<Record<PictureJob, RegExp>> = {
  decode: /./,
  pixelValues: /12 MP JPEG 4:2:0|12 MP JPEG progressive|640×480 JPEG|1920×1440 PNG\.|12 MP WebP/,
  label: /12 MP JPEG 4:2:0|640×480 JPEG/,
};

/** Contestants in processes of their own, turn by turn, on pictures that Pillow writes: it needs PYTHON. */
export async function benchPictures(options: BenchOptions): Promise<PictureTime[]> {
  const { python, say } = options;
  if (!python) {
    say('pictures: PYTHON names no Python with Pillow, which makes the pictures; nothing is measured');
    return [];
  }
  const folder = mkdtempSync(join(tmpdir(), 'beit-pictures-'));
  try {
    const { status } = spawnSync(python, ['bench/contestants/pictures.py', 'make', folder], { stdio: 'inherit' });
    if (status !== 0) throw new Error('Pillow did not make the pictures');
    await prepareLabels();
    const times: PictureTime[] = [];
    for (const job of Object.keys(PICTURES) as PictureJob[]) times.push(...(await benchJob(job, folder, options)));
    return times;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchJob(job: PictureJob, folder: string, options: BenchOptions): Promise<PictureTime[]> {
  const pictures = readdirSync(folder)
    .filter((file) => PICTURES[job].test(file) && options.only.test(`${job} ${file}`))
    .sort();
  const times: PictureTime[] = [];
  for (const [i, picture] of pictures.entries()) {
    const entrants = pictureContestants(job, options.python!).filter(({ reads }) => reads.test(picture));
    times.push(...(await compare(job, join(folder, picture), picture, entrants, options)));
    options.progress(`${job} ${picture}`, i + 1, pictures.length);
  }
  return times;
}

async function compare(
  job: PictureJob,
  path: string,
  picture: string,
  contestants: readonly PictureContestant[],
  { rounds, say }: BenchOptions,
): Promise<PictureTime[]> {
  const entrants: Entrant[] = [];
  for (const contestant of contestants) {
    const entrant = await enter(contestant, path, say);
    if (entrant) entrants.push(entrant);
  }
  // small pictures are measured more often, once every engine has compiled what it compiles
  const isSmall = picture.startsWith('640') && job !== 'label';
  const [warmUp, turns] = isSmall ? [40, 5 * rounds] : [3, rounds];
  for (let turn = -warmUp; turn < turns; turn++) {
    for (const entrant of entrants) {
      const { ms, label } = await entrant.process.run(path);
      if (turn >= 0) entrant.times.push(ms);
      entrant.label = label;
    }
  }
  for (const { process } of entrants) process.end();
  return entrants.map(({ name, times, label, peakBytes }) => {
    return { job, picture: picture.replace(/\.\w+$/, ''), name, time: spread(times), label, peakBytes };
  });
}

interface Entrant {
  readonly name: string;
  readonly process: PictureProcess;
  readonly peakBytes: number;
  readonly times: number[];
  label?: string | undefined;
}

/** Starts a contestant and lets it read the picture once; null for one that cannot. */
async function enter(
  { name, command }: PictureContestant,
  path: string,
  say: BenchOptions['say'],
): Promise<Entrant | null> {
  const process = new PictureProcess(command);
  try {
    return { name, process, peakBytes: await process.peak(path), times: [] };
  } catch (error) {
    process.end();
    say(`${name}: left out, ${(error as Error).message}`);
    return null;
  }
}
