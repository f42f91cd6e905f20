import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { installed } from '../../runtimes/tools.ts';

const test = suite('cli');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const folder = mkdtempSync(join(tmpdir(), 'beit-'));
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

test.run();
