import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hubFiles } from '../../../../src/hub/hubFiles.ts';
import { nodeHubStore } from '../../../../src/platform/node/hubStore.ts';
import { COMMIT, FILES, REPOSITORY } from '../../../hubServer/repository.ts';
import { readAll, thrown } from '../../../hubServer/scenario.ts';
import type { Script, Seen } from '../../../hubServer/script.ts';
import { type HubServer, startHubServer } from '../../../hubServer/server.ts';

const MODEL = 'model.safetensors';
const FOLDER = 'models--owner--model';
const PYTHON = process.env.PYTHON?.split(',')[0] ?? 'python3';
const SCRIPTS = new Map<string, Script>([
  ['sound', {}],
  ['stalled', { cdn: [{ stallAt: 200_000 }] }],
  ['slow', { cdn: [{ drip: { size: 20_000, every: 30 }, always: true }] }],
]);

// the same bundle, started as a child, is a process that downloads
if (process.argv[2] === 'download') {
  const [endpoint, cacheDir] = process.argv.slice(3);
  const source = await hubFiles(REPOSITORY, { endpoint, store: nodeHubStore(cacheDir) }).open(MODEL);
  const bytes = await readAll(source!);
  process.exit(Buffer.compare(bytes, FILES[MODEL].bytes) === 0 ? 0 : 3);
}

const test = suite('platform/node/hubStore');
let server: HubServer;
let cacheDir: string;
let run = 0;

test.before(async () => {
  server = await startHubServer(SCRIPTS);
});
test.after(() => server.close());
test.before.each(() => {
  cacheDir = mkdtempSync(join(tmpdir(), 'beit-store-'));
  run++;
});
test.after.each(() => rmSync(cacheDir, { recursive: true, force: true }));

const endpoint = (script: string): string => `${server.hub}/${script}/${run}`;
const blobs = (): string => join(cacheDir, FOLDER, 'blobs');

async function seen(script: string): Promise<Seen[]> {
  const all = (await (await fetch(`${server.hub}/log/${script}/${run}`)).json()) as Seen[];
  return all.filter((one) => one.kind === 'cdn');
}

function child(script: string): ChildProcess {
  return spawn(process.execPath, [process.argv[1], 'download', endpoint(script), cacheDir], { stdio: 'inherit' });
}

const exit = (process: ChildProcess): Promise<number | null> => new Promise((done) => process.on('close', done));

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    assert.ok(performance.now() < deadline, 'waited for 30 s');
    await new Promise((done) => setTimeout(done, 20));
  }
}

function partialBytes(): number {
  if (!existsSync(blobs())) return 0;
  return readdirSync(blobs()).reduce((sum, name) => sum + statSync(join(blobs(), name)).size, 0);
}

test('survives kill -9: nothing visible, the next process resumes where the bytes end', async () => {
  const victim = child('stalled');
  await until(() => partialBytes() === 200_000);
  victim.kill('SIGKILL');
  await exit(victim);
  assert.match(readdirSync(blobs()).join(), /^[0-9a-f]{64}\.beit-[0-9a-f]{8}\.incomplete$/);
  assert.not.ok(existsSync(join(cacheDir, FOLDER, 'snapshots', COMMIT, MODEL)));
  assert.is(await exit(child('stalled')), 0);
  assert.equal(
    (await seen('stalled')).map((one) => one.range),
    [null, 'bytes=200000-'],
  );
  assert.equal(readdirSync(blobs()), [FILES[MODEL].etag]);
});

test('three processes at once download once and all get it', async () => {
  const statuses = await Promise.all([exit(child('slow')), exit(child('slow')), exit(child('slow'))]);
  assert.equal(statuses, [0, 0, 0]);
  assert.is((await seen('slow')).length, 1);
  assert.equal(readdirSync(blobs()), [FILES[MODEL].etag]);
});

test('a waiting process takes over when the downloading one is killed', async () => {
  const victim = child('stalled');
  await until(() => partialBytes() === 200_000);
  const heir = child('stalled');
  await new Promise((done) => setTimeout(done, 300));
  victim.kill('SIGKILL');
  assert.is(await exit(heir), 0);
  assert.equal(
    (await seen('stalled')).map((one) => one.range),
    [null, 'bytes=200000-'],
  );
});

/** A small file system of its own needs a namespace, which not every machine grants. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Downloads as `download` above does, inside a mount with `options` over the cache folder; gives the error's message. */
async function inMount(options: string): Promise<string> {
  const command = `mount -t tmpfs -o ${options} none "$1" && exec "$2" "$3" download "$4" "$1"`;
  const args = ['-rm', 'sh', '-c', command, 'sh', cacheDir, process.execPath, process.argv[1], endpoint('sound')];
  const running = spawn('unshare', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  running.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  assert.is.not(await exit(running), 0);
  return errors;
}

const mounted = canMount() ? test : test.skip;
if (mounted === test.skip) console.log('skip: no private mounts here, so no real full or read-only disk');

mounted('a full disk is a FileSystem error', async () => {
  assert.match(await inMount('size=100k'), /code: 'FileSystem'|no space left on the device \(ENOSPC\)/);
});

mounted('a read-only cache is a FileSystem error', async () => {
  assert.match(await inMount('ro'), /the file system is read-only \(EROFS\)/);
});

function python(script: string, env: Record<string, string> = {}): string {
  const quiet = { HF_HUB_DISABLE_TELEMETRY: '1', HF_HUB_DISABLE_XET: '1', HF_HUB_DISABLE_PROGRESS_BARS: '1' };
  return execFileSync(PYTHON, ['-c', script], { env: { ...process.env, ...quiet, ...env }, encoding: 'utf8' }).trim();
}

function hasPython(): boolean {
  try {
    python('import huggingface_hub');
    return true;
  } catch {
    return false;
  }
}

const withPython = hasPython() ? test : test.skip;
if (withPython === test.skip) console.log(`skip: no huggingface_hub at ${PYTHON}`);

withPython('huggingface_hub finds what we downloaded', async () => {
  const files = hubFiles(REPOSITORY, { endpoint: endpoint('sound'), store: nodeHubStore(cacheDir) });
  const names = [MODEL, 'config.json', 'weights/part one/model-00001-of-00001.safetensors'];
  for (const name of names) assert.ok(await files.open(name));
  assert.is(await files.open('nothing.bin'), null);
  const script = `
import json
from huggingface_hub import hf_hub_download, scan_cache_dir, try_to_load_from_cache, _CACHED_NO_EXIST
names = ${JSON.stringify(names)}
paths = [hf_hub_download('${REPOSITORY}', n, cache_dir='${cacheDir}', local_files_only=True) for n in names]
absent = try_to_load_from_cache('${REPOSITORY}', 'nothing.bin', cache_dir='${cacheDir}') is _CACHED_NO_EXIST
scan = scan_cache_dir('${cacheDir}')
print(json.dumps([paths, absent, len(scan.warnings), scan.size_on_disk, [r.repo_id for r in scan.repos]]))`;
  const [paths, absent, warnings, size, repositories] = JSON.parse(python(script));
  names.forEach((name, i) => {
    assert.is(paths[i], join(cacheDir, FOLDER, 'snapshots', COMMIT, name));
    assert.ok(Buffer.compare(readFileSync(paths[i]), FILES[name].bytes) === 0);
  });
  assert.is(absent, true);
  assert.is(warnings, 0);
  assert.is(
    size,
    names.reduce((sum, name) => sum + FILES[name].bytes.length, 0),
  );
  assert.equal(repositories, [REPOSITORY]);
});

withPython('we find what huggingface_hub downloaded', async () => {
  const running = spawn(
    PYTHON,
    [
      '-c',
      `from huggingface_hub import hf_hub_download
for name in ['${MODEL}', 'config.json']: print(hf_hub_download('${REPOSITORY}', name, cache_dir='${cacheDir}'))`,
    ],
    {
      env: { ...process.env, HF_ENDPOINT: endpoint('sound'), HF_HUB_DISABLE_XET: '1', HF_HUB_DISABLE_TELEMETRY: '1' },
      stdio: 'ignore',
    },
  );
  assert.is(await exit(running), 0);
  const files = hubFiles(REPOSITORY, {
    endpoint: 'http://127.0.0.1:9',
    localFilesOnly: true,
    store: nodeHubStore(cacheDir),
  });
  for (const name of [MODEL, 'config.json']) {
    const bytes = await readAll((await files.open(name))!);
    assert.ok(Buffer.compare(bytes, FILES[name].bytes) === 0);
  }
  assert.is(readlinkSync(join(cacheDir, FOLDER, 'snapshots', COMMIT, MODEL)), `../../blobs/${FILES[MODEL].etag}`);
  const cold = hubFiles('owner/other', { localFilesOnly: true, store: nodeHubStore(cacheDir) });
  assert.is((await thrown(() => cold.open(MODEL))).code, 'FileNotFound');
});

test.run();
