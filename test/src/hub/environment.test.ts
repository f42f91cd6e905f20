import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hubEnvironment } from '../../../src/hub/environment.ts';

const test = suite('hub/environment');
const HOME = '/home/me';
const cacheOf = (env: Record<string, string>): string => hubEnvironment(env, HOME).cacheDir;

test('finds the cache where huggingface_hub does', () => {
  assert.is(cacheOf({}), '/home/me/.cache/huggingface/hub');
  assert.is(cacheOf({ XDG_CACHE_HOME: '/xdg' }), '/xdg/huggingface/hub');
  assert.is(cacheOf({ HF_HOME: '~/hf', XDG_CACHE_HOME: '/xdg' }), '/home/me/hf/hub');
  assert.is(cacheOf({ HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }), '/a');
  assert.is(cacheOf({ HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }), '/b');
  assert.is(cacheOf({ HF_HOME: ['$DATA/$', '{NAME}/$NONE'].join(''), DATA: '/data', NAME: 'n' }), '/data/n/$NONE/hub');
});

test('takes the token from the environment unless told not to', () => {
  assert.is(hubEnvironment({ HF_TOKEN: ' hf_a\n' }, HOME).token, 'hf_a');
  assert.is(hubEnvironment({ HF_TOKEN: '', HUGGING_FACE_HUB_TOKEN: 'hf_b' }, HOME).token, 'hf_b');
  assert.is(hubEnvironment({}, HOME).tokenFile, '/home/me/.cache/huggingface/token');
  assert.is(hubEnvironment({ HF_TOKEN_PATH: '/t' }, HOME).tokenFile, '/t');
  const silent = hubEnvironment({ HF_TOKEN: 'hf_a', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }, HOME);
  assert.is(silent.token, undefined);
  assert.is(silent.tokenFile, undefined);
});

test('reads switches as huggingface_hub does', () => {
  for (const on of ['1', 'on', 'YES', 'True']) assert.ok(hubEnvironment({ HF_HUB_OFFLINE: on }, HOME).offline);
  for (const off of ['', '0', 'no', 'maybe']) assert.not.ok(hubEnvironment({ HF_HUB_OFFLINE: off }, HOME).offline);
  assert.ok(hubEnvironment({ TRANSFORMERS_OFFLINE: '1' }, HOME).offline);
  assert.not.ok(hubEnvironment({ HF_HUB_DISABLE_SYMLINKS: '1' }, HOME).symlinks);
  assert.is(hubEnvironment({ HF_ENDPOINT: 'https://mirror.example/' }, HOME).endpoint, 'https://mirror.example');
});

test.run();
