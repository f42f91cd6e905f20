import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { decode } from '../../../src/image/decode.ts';
import { installed } from '../../runtimes/tools.ts';

const test = suite('cli');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
const scan = join(folder, 'five.png');
copyFileSync(SCAN, scan);
test.after(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const beit = (...args: string[]) => run(process.execPath, ['dist/cli.js', ...args]);

function run(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((done) => {
    execFile(command, args, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });
}

test('classify reads a digit with the model inside', async () => {
  const { code, stdout, stderr } = await beit('classify', SCAN, '--top-k', '2');
  assert.is(code, 0);
  assert.is(stderr, '', 'no progress where nobody looks');
  assert.match(stdout, /0005-5\.png\n {2}.*% {2}5\n {2}.*%/);
  assert.is(stdout.trimEnd().split('\n').length, 3);
});

for (const [name, tool, ...args] of [
  ['Bun', 'bun-linux/bin/bun'],
  ['Deno', 'deno-linux/deno', 'run', '-A', '--no-prompt'],
]) {
  const runtime = installed(tool);
  if (!runtime) console.log(`skip: ${name} is not installed (npm run tools)`);
  (runtime ? test : test.skip)(`${name} runs the command too`, async () => {
    const { code, stdout, stderr } = await run(runtime!, [...args, 'dist/cli.js', 'classify', SCAN, '--top-k', '1']);
    assert.equal([code, stderr], [0, '']);
    assert.match(stdout, /% {2}5\n/);
  });
}

test('one refused picture does not stop the others, and the exit code tells', async () => {
  const { code, stdout, stderr } = await beit('classify', 'LICENSE', SCAN, '--json');
  assert.is(code, 1);
  const [bad, good] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.is(bad.error.code, 'InvalidImage');
  assert.is(good.guesses[0].label, '5');
  assert.is(stderr, '');
});

test('bad usage and a missing model have exit codes of their own', async () => {
  assert.is((await beit('classify')).code, 2);
  assert.is((await beit('classify', SCAN, '--top-k', '0')).code, 2);
  assert.is((await beit('paint', SCAN)).code, 2);
  assert.is((await beit('segment', SCAN)).code, 2);
  assert.is((await beit('mask', SCAN, '--share', '1')).code, 2);
  const twice = await beit('attend', SCAN, SCAN, '--out', join(folder, 'one.png'));
  assert.equal([twice.code, twice.stderr.split('\n').length], [2, 2]);
  assert.is((await beit('attend', SCAN, '--out', join(folder, 'no', 'such.png'))).code, 3);
  const missing = await beit('classify', SCAN, '--model', './no-such-folder');
  assert.is(missing.code, 3);
  assert.match(missing.stderr, /^beit: .*no-such-folder.*\(FileNotFound\)\n$/);
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  assert.equal(await beit('--version'), { code: 0, stdout: `${version}\n`, stderr: '' });
});

test('help teaches', async () => {
  const { code, stdout } = await beit('--help');
  assert.is(code, 0);
  for (const word of [
    'classify',
    'inspect',
    'embed',
    'attend',
    'segment',
    'mask',
    'convert',
    'verify',
    'Exit codes',
    'Examples',
  ]) {
    assert.ok(stdout.includes(word), word);
  }
});

test('inspect states the memory of every dtype', async () => {
  const { code, stdout } = await beit('inspect', '--json');
  assert.is(code, 0);
  const found = JSON.parse(stdout);
  assert.is(found.architecture, 'BeitForImageClassification');
  assert.equal(Object.keys(found.memory), ['f32', 'f16', 'bf16', 'q8', 'q4']);
  assert.ok(found.memory.q4.weights < found.memory.q8.weights && found.memory.q8.weights < found.memory.f16.weights);
  assert.match((await beit('inspect')).stdout, /parameters\s+\d{3},\d{3}/);
});

test('embed writes NumPy', async () => {
  const out = join(folder, 'features.npy');
  assert.is((await beit('embed', SCAN, scan, '--out', out)).code, 0);
  const bytes = readFileSync(out);
  assert.is(bytes.subarray(1, 6).toString(), 'NUMPY');
  assert.match(bytes.toString('latin1'), /'descr': '<f4', 'fortran_order': False, 'shape': \(2, 64\)/);
  assert.is((bytes.length - 2 * 64 * 4) % 64, 0);
});

test('attend and mask write pictures beside the picture', async () => {
  assert.is((await beit('attend', scan)).stdout, `${join(folder, 'five.attention.png')}\n`);
  const drawn = decode(new Uint8Array(readFileSync(join(folder, 'five.attention.png'))));
  assert.equal([drawn.width, drawn.height], [8, 8]);
  assert.is((await beit('mask', scan)).code, 0);
  const triptych = decode(new Uint8Array(readFileSync(join(folder, 'five.masked.png'))));
  assert.equal([triptych.width, triptych.height], [3 * 32 + 2 * 4, 32]);
});

test('a model without a codebook prints its tokens, and refuses to draw them', async () => {
  const bare = join(folder, 'bare');
  mkdirSync(bare);
  for (const file of ['config.json', 'model.safetensors', 'preprocessor_config.json']) {
    copyFileSync(`fixtures/beit-digits-pt/${file}`, join(bare, file));
  }
  assert.is(JSON.parse((await beit('mask', scan, '--model', bare)).stdout).tokens.length, 64);
  const { code, stderr } = await beit('mask', scan, '--model', bare, '--out', join(folder, 'drawn.png'));
  assert.is(code, 3);
  assert.match(stderr, /^beit: Cannot draw ".*drawn\.png": there is no codebook\.safetensors .*\(FileNotFound\)\n$/);
});

test('convert writes a folder that classifies', async () => {
  const out = join(folder, 'converted');
  const { code, stdout } = await beit(
    'convert',
    'fixtures/beit-digits',
    out,
    '--dtype',
    'f16',
    '--shard-size',
    '100KB',
  );
  assert.is(code, 0);
  assert.match(stdout, /model\.safetensors\.index\.json/);
  assert.ok(existsSync(join(out, 'preprocessor_config.json')));
  assert.match((await beit('classify', SCAN, '--model', out, '-k', '1')).stdout, /% {2}5\n/);
  assert.is((await beit('convert', 'fixtures/beit-digits', out, '--shard-size', 'many')).code, 2);
});

test('whoever stops reading ends the command without a word', async () => {
  const child = spawn(process.execPath, ['dist/cli.js', 'classify', '--json', ...Array(2000).fill(SCAN)]);
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  assert.equal([code, stderr], [0, '']);
});

if (existsSync('/dev/full')) {
  test('output that cannot be written is one line', async () => {
    const child = spawn(process.execPath, ['dist/cli.js', 'inspect'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    assert.equal(
      [code, stderr],
      [3, 'beit: Cannot write the output: no space left on the device (ENOSPC) (FileSystem)\n'],
    );
  });
}

test.run();
