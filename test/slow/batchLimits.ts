// node scripts/run.mjs test/slow/batchLimits.ts [COUNT]: a batch on a disk that is full, and one of COUNT pictures (default
// 50,000) of which every hundredth is broken. It needs dist/ (npm run build).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CLI = resolve('dist/cli.js');
const SCANS = resolve('fixtures/beit-digits/scans');
const count = Number(process.argv[2] ?? 50_000);
/** Of the memory of the process between its first and its last fifth. */
const MOST_GROWTH = 1.15;

const root = mkdtempSync(join(tmpdir(), 'batch-limits-'));
let failed = 0;

function expect(holds: boolean, what: string): void {
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
  if (!holds) failed++;
}

/** Links to the scans; every hundredth is cut. */
function pictures(folder: string, n: number): string {
  mkdirSync(folder);
  const scans = readdirSync(SCANS).filter((name) => name.endsWith('.png'));
  for (const name of scans) writeFileSync(join(root, name), readFileSync(join(SCANS, name)));
  for (let i = 0; i < n; i++) {
    const [scan, path] = [join(root, scans[i % scans.length]), join(folder, `${String(i).padStart(6, '0')}.png`)];
    if (i % 100 === 99) writeFileSync(path, readFileSync(scan).subarray(0, 60));
    else linkSync(scan, path);
  }
  return folder;
}

function batch(input: string, output: string, ...options: string[]) {
  return spawnSync(process.execPath, [CLI, 'batch', input, output, '--workers', '1', ...options], { encoding: 'utf8' });
}

/** Of all files and their names. */
function digest(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map(({ parentPath, name }) => join(parentPath, name)).sort()) {
    hash.update(path.slice(folder.length)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** A file system of 64 kB, on which 2,000 rows of JSON do not fit; then it is made larger and the batch goes on. */
function fullDisk(): void {
  const output = join(root, 'small');
  mkdirSync(output);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', output]).status !== 0) {
    console.log('skip: a small file system cannot be mounted here');
    return;
  }
  try {
    const input = pictures(join(root, 'few'), 2000);
    const options = ['--task', 'classify', '--shard-size', '100'];
    const full = batch(input, output, ...options);
    expect(
      full.status === 3 && /FileSystem/.test(full.stderr),
      `a full disk ends with 3: ${full.stderr.trim().split('\n').at(-1)}`,
    );
    spawnSync('mount', ['-o', 'remount,size=64m', output]);
    const more = batch(input, output, ...options);
    expect(more.status === 1, 'with room it goes on; 1 tells of the broken pictures');
    batch(input, join(root, 'undisturbed'), ...options);
    expect(digest(output) === digest(join(root, 'undisturbed')), 'the bytes are those of an undisturbed run');
  } finally {
    spawnSync('umount', [output]);
  }
}

/** Many pictures: each is a row, broken ones with their error; the memory does not depend on how many there were. */
async function many(): Promise<void> {
  const [input, output] = [pictures(join(root, 'many'), count), join(root, 'out')];
  const child = spawn(process.execPath, [CLI, 'batch', input, output, '--task', 'classify', '--shard-size', '5000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const resident: number[] = [];
  const timer = setInterval(() => {
    const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
    if (found) resident.push(Number(found[1]) / 1024);
  }, 250);
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  clearInterval(timer);
  const { failures, seconds } = JSON.parse(text);
  expect(failures === Math.floor(count / 100), `${failures} of ${count} pictures failed`);
  const rows = readdirSync(join(output, 'classify')).flatMap((name) =>
    readFileSync(join(output, 'classify', name), 'utf8')
      .trim()
      .split('\n'),
  );
  expect(rows.length === count, `${rows.length} rows`);
  expect(
    rows.filter((row) => 'error' in JSON.parse(row)).length === failures,
    'each that failed is a row with its error',
  );
  const fifth = Math.floor(resident.length / 5);
  const largest = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
  const [early, late] = [largest(resident.slice(fifth, 2 * fifth)), largest(resident.slice(-fifth))];
  const memory = `memory: ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late`;
  // a shorter run ends before the collector of garbage has settled
  if (count >= 50_000) expect(late <= MOST_GROWTH * early, memory);
  else console.log(`     ${memory}`);
  console.log(`     ${(count / seconds).toFixed(0)} pictures/s`);
}

try {
  fullDisk();
  await many();
} finally {
  rmSync(root, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
