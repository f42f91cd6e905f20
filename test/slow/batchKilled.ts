// node scripts/run.mjs test/slow/batchKilled.ts [--kills 20]: `beit batch` is killed with SIGKILL at random moments and started
// again until it is done. The results are byte for byte those of a run that nobody disturbed, also with two processes at once.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../../src/model/beit/random.ts';
import { filesUnder, pictureFolder } from '../src/batch/batchFolder.ts';

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 20);
const random = new Random(Number(values.seed ?? 1));
const input = pictureFolder();
const newFolder = () => mkdtempSync(join(tmpdir(), 'killed-'));

/** Resolves with the exit code, null for a process that was killed. */
function batch(output: string, killAfter: number | null): Promise<number | null> {
  const args = ['dist/cli.js', 'batch', input, output, '--shard-size', '1', '--workers', '1'];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  if (killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

const undisturbed = newFolder();
const startedAt = performance.now();
await batch(undisturbed, null);
const wholeRun = performance.now() - startedAt;
const expected = filesUnder(undisturbed);
if (Object.keys(expected).length !== 27) throw new Error(`expected 27 files, got ${Object.keys(expected)}`);

let [killed, output, rounds] = [0, newFolder(), 0];
while (killed < kills) {
  const code = await batch(output, random.uniform() * wholeRun);
  if (code === null) killed++;
  else {
    compare('killed and resumed', filesUnder(output));
    output = newFolder();
    rounds++;
  }
}
await batch(output, null);
compare('killed and resumed', filesUnder(output));
const both = newFolder();
await Promise.all([batch(both, null), batch(both, null)]);
compare('two processes on one part', filesUnder(both));
console.log(`${killed} kills over ${rounds + 1} outputs: every result byte for byte that of an undisturbed run`);

function compare(what: string, found: Record<string, string>): void {
  const differing = Object.keys({ ...expected, ...found }).filter((name) => expected[name] !== found[name]);
  if (differing.length > 0) throw new Error(`${what}: ${differing.join(', ')} differ`);
}
