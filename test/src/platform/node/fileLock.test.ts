import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { acquireLock } from '../../../../src/platform/node/fileLock.ts';
import { refused } from '../../refused.ts';

const test = suite('platform/node/fileLock');
let folder: string;
let path: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'beit-lock-'));
  path = join(folder, 'deep', 'a.lock');
});
test.after.each(() => rmSync(folder, { recursive: true }));

const never = async () => false;
const acquire = (signal?: AbortSignal) => acquireLock(path, signal, never);
const settled = (promise: Promise<unknown>) => {
  const waited = new Promise((done) => setTimeout(done, 150, 'waiting'));
  return Promise.race([promise.then(() => 'settled'), waited]);
};

test('one at a time: the next waits until the lock is let go, and names its holder', async () => {
  const release = await acquire();
  assert.is(readFileSync(path, 'utf8'), `${process.pid} ${hostname()}`);
  const next = acquire();
  assert.is(await settled(next), 'waiting');
  await release!();
  await (await next)!();
  assert.not.ok(existsSync(path));
});

test('of many at once each holds it alone', async () => {
  let holders = 0;
  let most = 0;
  const hold = async () => {
    const release = await acquire();
    most = Math.max(most, ++holders);
    await new Promise((done) => setTimeout(done, 5));
    holders--;
    await release!();
  };
  await Promise.all(Array.from({ length: 4 }, hold));
  assert.is(most, 1);
});

test('who no longer needs it gets null, at once or while waiting, and leaves the lock alone', async () => {
  assert.is(await acquireLock(path, undefined, async () => true), null);
  assert.not.ok(existsSync(path));
  const release = await acquire();
  let done = false;
  const waiting = acquireLock(path, undefined, async () => done);
  done = true;
  assert.is(await waiting, null);
  assert.ok(existsSync(path));
  await release!();
});

test('an abort ends the waiting', async () => {
  const release = await acquire();
  const controller = new AbortController();
  setTimeout(() => controller.abort('enough'), 20);
  assert.is((await refused(acquire(controller.signal), 'Aborted')).cause, 'enough');
  await release!();
});

test('the lock of a dead process here, or an untouched one, is taken over; of a living one, or from elsewhere, not', async () => {
  await (await acquire())!();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const aged = (holder: string, seconds: number) => {
    writeFileSync(path, holder);
    const then = Date.now() / 1000 - seconds;
    utimesSync(path, then, then);
  };
  for (const [holder, seconds] of [
    [`${dead} ${hostname()}`, 0],
    [`${process.pid} ${hostname()}`, 31],
    ['1 elsewhere', 31],
    ['', 31],
  ] as const) {
    aged(holder, seconds);
    await (await acquire())!();
  }
  for (const holder of [`${process.pid} ${hostname()}`, `${dead} elsewhere`, '']) {
    aged(holder, 20);
    const controller = new AbortController();
    const waiting = acquire(controller.signal);
    assert.is(await settled(waiting), 'waiting', holder);
    controller.abort();
    await refused(waiting, 'Aborted');
  }
});

test('where no lock can be made the file system says so', async () => {
  writeFileSync(join(folder, 'deep'), '');
  await refused(acquire(), 'FileSystem', /Cannot create the folder of .*a\.lock/);
});

test.run();
