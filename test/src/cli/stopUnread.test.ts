import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { stopUnread } from '../../../src/cli/stopUnread.ts';

const test = suite('cli/stopUnread');
const SCAN = 'fixtures/beit-digits/scans/0005-5.png';

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

test('a failure stays one when nobody reads what is said of it', async () => {
  const child = spawn(process.execPath, ['dist/cli.js', 'classify', 'nosuch.png']);
  child.stdout.destroy();
  child.stderr.destroy();
  const [code] = await once(child, 'close');
  assert.is(code, 1);
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

test('nothing happens until something fails', () => {
  const output = new EventEmitter();
  stopUnread(output as never);
  assert.equal(output.eventNames(), ['error']);
});

test.run();
