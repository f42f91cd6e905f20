import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LocalModel } from '../../../src/hosting/localModel.ts';
import { BeitConfig } from '../../../src/model/beit/config/config.ts';
import { BeitForImageClassification } from '../../../src/pretrained/beitForImageClassification.ts';
import { gitBlob, sha256 } from '../../hubServer/repository.ts';

const test = suite('cli/verify');
const REPOSITORY = 'microsoft/beit-base-patch16-224';
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** A tiny model under the name of a published one: its classifier is all bias, so its logits are known. */
async function tinyFiles(bias: readonly number[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const size = { hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 8, imageSize: 32 };
  using model = await BeitForImageClassification.fromConfig(new BeitConfig({ ...size, numLabels: 1000 }));
  const { slots } = (model.loaded as LocalModel).model.parameters;
  slots.get('classifier.weight')!.put(new Float32Array(8000), 0);
  slots.get('classifier.bias')!.put(
    Float32Array.from({ length: 1000 }, (_, i) => bias[i] ?? (i === 281 ? 9 : 0)),
    0,
  );
  await model.savePretrained((name) => {
    const chunks: Uint8Array[] = [];
    return {
      write: (chunk) => void chunks.push(chunk.slice()),
      close: () => void files.set(name, new Uint8Array(Buffer.concat(chunks))),
    };
  });
  return files.set('preprocessor_config.json', new TextEncoder().encode('{"size": 32}'));
}

/** Plays the hub for one repository. */
function startHub(files: Map<string, Uint8Array>, repository: string): Promise<Server> {
  const server = createServer((request, response) => {
    const bytes = files.get(request.url!.replace(`/${repository}/resolve/`, '').replace(/^[^/]+\//, ''));
    if (!bytes) return response.writeHead(404, { 'x-error-code': 'EntryNotFound', 'x-repo-commit': COMMIT }).end();
    const etag = bytes.length > 20_000 ? sha256(bytes) : gitBlob(bytes as Uint8Array<ArrayBuffer>);
    response.writeHead(200, { etag: `"${etag}"`, 'x-repo-commit': COMMIT, 'content-length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function verify(bias: readonly number[]): Promise<Run> {
  return verifyFiles(REPOSITORY, await tinyFiles(bias));
}

async function verifyFiles(repository: string, files: Map<string, Uint8Array>): Promise<Run> {
  const server = await startHub(files, repository);
  const cache = mkdtempSync(join(tmpdir(), 'beit-'));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...process.env, HF_ENDPOINT: endpoint, HF_HUB_CACHE: cache, HF_TOKEN: '' };
  const args = ['dist/cli.js', 'verify', repository, '--picture', 'fixtures/beit-digits/scans/0005-5.png'];
  try {
    return await new Promise((done) => {
      execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
        done({ code: error ? Number(error.code) : 0, stdout, stderr }),
      );
    });
  } finally {
    server.close();
    rmSync(cache, { recursive: true });
  }
}

test('the published logits are recognized, through the hub and its cache', async () => {
  const { code, stdout, stderr } = await verify([-1.2385, -1.09871, -1.0108]);
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout, /logit 1\s+-1\.0987\s+-1\.0987\s+same/);
  assert.match(stdout, /class\s+281\s+281\s+same/);
});

test('other numbers are told apart, by exit code too', async () => {
  const { code, stdout } = await verify([-1.2385, -1.0997, -1.0108]);
  assert.is(code, 4);
  assert.match(stdout, /logit 1\s+-1\.0987\s+-1\.0997\s+DIFFERS/);
  assert.match(stdout, /logit 0\s+-1\.2385\s+-1\.2385\s+same/);
});

test('of other families: hidden states and depths', async () => {
  const kinds = [
    ['facebook/dinov2-base', 'dinov2'],
    ['facebook/deit-base-distilled-patch16-224', 'deit_teacher'],
    ['Intel/dpt-large', 'dpt_vit'],
    ['microsoft/beit-base-finetuned-ade-640-640', 'seg'],
  ] as const;
  for (const [repository, folder] of kinds) {
    const files = new Map(
      ['config.json', 'model.safetensors'].map((name) => [
        name,
        new Uint8Array(readFileSync(`fixtures/models/${folder}/${name}`)),
      ]),
    );
    files.set('preprocessor_config.json', new TextEncoder().encode('{"size": 20}'));
    const { code, stdout, stderr } = await verifyFiles(repository, files);
    assert.is(code, 4, stdout + stderr);
    assert.is(
      stdout.match(/-?\d+\.\d{4}\s+-?\d+\.\d{4}\s+DIFFERS/g)?.length,
      folder === 'deit_teacher' ? 3 : 9,
      stdout,
    );
  }
});

test('a picture without an address has to be given', async () => {
  const args = ['dist/cli.js', 'verify', 'microsoft/dit-base-finetuned-rvlcdip'];
  const stderr = await new Promise((done) => execFile(process.execPath, args, (_error, _stdout, text) => done(text)));
  assert.match(String(stderr), /give it with --picture: the first of the data set nielsr\/rvlcdip-demo/);
});

test.run();
