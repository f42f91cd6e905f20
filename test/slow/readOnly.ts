// node scripts/run.mjs test/slow/readOnly.ts: `beit serve` as a container runs it: a user without rights, no capability, a file
// system that cannot be written. Needs Linux and root, to set that up; skipped with a line elsewhere. Build first.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { readyServer } from '../clients/readyServer.ts';

/** The whole file system once more, read-only; then a user without rights. `$0` is the folder, the rest the command. */
const CONTAINER = `
  root="$0"
  mount --bind / "$root" && mount -o remount,ro,bind "$root" && mount --bind /dev "$root/dev" &&
  mount -t proc proc "$root/proc" && ! touch "$root/tmp/x" 2>/dev/null &&
  exec chroot "$root" setpriv --reuid=1000 --regid=1000 --clear-groups --bounding-set=-all --no-new-privs "$@"`;

const root = mkdtempSync('/var/tmp/beit-root-');
const inContainer = (...command: string[]) => ['-m', 'sh', '-c', CONTAINER, root, ...command];
const probe = spawnSync('unshare', inContainer('/usr/bin/id', '-u'), { encoding: 'utf8' });
if (probe.stdout?.trim() !== '1000' || !existsSync('/proc/self/status')) {
  console.log(`skip: a read-only root cannot be mounted here: ${probe.stderr?.trim() || probe.error?.message}`);
  rmdirSync(root);
  process.exit();
}

const folder = resolve('fixtures/beit-digits');
const args = [resolve('dist/cli.js'), 'serve', '--port', '0', '--workers', '2', '--model', `digits=${folder}`];
const server = spawn('unshare', inContainer(process.execPath, ...args), { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise<number | null>((done) => server.once('exit', (code) => done(code)));
const { url } = await readyServer(server);
const [, user] = /Uid:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))!;
assert.is(user, '1000');
const body = readFileSync(`${folder}/scans/0005-5.png`);
const answer = await fetch(`${url}/?top_k=1`, { method: 'POST', body });
assert.equal([answer.status, (await answer.json())[0].label], [200, '5']);
server.kill('SIGTERM');
assert.is(await ended, 0);
rmdirSync(root);
console.log('ok   as user 1000 without capabilities on a read-only file system: loads, answers, drains');
