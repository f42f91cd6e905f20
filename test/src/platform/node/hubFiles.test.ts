import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { nodeHubFiles } from '../../../../src/platform/node/hubFiles.ts';
import { COMMIT, FILES, REPOSITORY } from '../../../hubServer/repository.ts';
import { playedHub } from '../../hub/playedHub.ts';
import { refused } from '../../refused.ts';

const test = suite('platform/node/hubFiles');
const FOLDER = 'models--owner--model';
const hub = await playedHub({ sound: {} });
test.after(() => hub.close());
let home: string;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), 'beit-home-'));
});
test.after.each(() => rmSync(home, { recursive: true }));

function environment() {
  const { connection, seen } = hub.play('sound');
  return { env: { HF_HOME: home, HF_ENDPOINT: connection.endpoint, HF_HUB_DISABLE_TELEMETRY: '1' }, seen };
}

test('takes cache, endpoint, token and token file from the environment', async () => {
  const { env, seen } = environment();
  writeFileSync(join(home, 'token'), 'hf_from_file\n');
  await (await nodeHubFiles(REPOSITORY, {}, env)).open('config.json');
  await (await nodeHubFiles(REPOSITORY, { token: 'hf_given' }, { ...env, HF_TOKEN: 'hf_env' })).open('empty.txt');
  await (await nodeHubFiles(REPOSITORY, {}, { ...env, HF_TOKEN: 'hf_env' })).open('long.txt');
  const tokens = (await seen('head')).map((one) => one.authorization);
  assert.equal(tokens, ['Bearer hf_from_file', 'Bearer hf_given', 'Bearer hf_env']);
  assert.ok(existsSync(join(home, 'hub', FOLDER, 'snapshots', COMMIT, 'config.json')));
  const nowhere = { ...env, HF_HUB_OFFLINE: '1', HF_ENDPOINT: 'http://127.0.0.1:9' };
  const offline = await nodeHubFiles(REPOSITORY, {}, nowhere);
  assert.is((await offline.open('config.json'))?.size, FILES['config.json'].bytes.length);
});

test('what is given wins over the environment', async () => {
  const { env, seen } = environment();
  const cacheDir = join(home, 'mine');
  const wrong = { ...env, HF_ENDPOINT: 'http://127.0.0.1:9', HF_HUB_OFFLINE: '1' };
  const options = { cacheDir, endpoint: env.HF_ENDPOINT, localFilesOnly: false };
  await (await nodeHubFiles(REPOSITORY, options, wrong)).open('config.json');
  assert.ok(existsSync(join(cacheDir, FOLDER, 'snapshots', COMMIT, 'config.json')));
  assert.not.ok(existsSync(join(home, 'hub')));
  assert.is((await seen('head'))[0].authorization, null, 'no token, no header');
});

test('a token file that is empty is no token; one that cannot be read is told before anything is asked', async () => {
  const { env, seen } = environment();
  writeFileSync(join(home, 'token'), ' \n');
  await (await nodeHubFiles(REPOSITORY, {}, env)).open('config.json');
  assert.is((await seen('head'))[0].authorization, null);
  const path = join(home, 'folder');
  mkdirSync(path);
  await refused(
    nodeHubFiles(REPOSITORY, {}, { ...env, HF_TOKEN_PATH: path }),
    'FileSystem',
    /Cannot read .*folder: EISDIR/,
  );
  assert.is((await seen('head')).length, 1);
});

test.run();
