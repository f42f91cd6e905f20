import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('imports');

/** Everyone may use these: they import nothing but each other. */
const LEAVES = [
  'src/errors.ts',
  'src/quoted.ts',
  'src/json.ts',
  'src/tensor.ts',
  'src/math.ts',
  'src/averaged.ts',
  'src/sine.ts',
  'src/randomStream.ts',
  'src/alignedCorners.ts',
  'src/crc32.ts',
  'src/concatBytes.ts',
  'src/interpolate.ts',
  'src/activations.ts',
  'src/dtype.ts',
  'src/options.ts',
  'src/device.ts',
  'src/place.ts',
];
/**
 * Room → what it may import besides itself and the leaves. The longest matching room counts, so a file that is named here is a
 * room of its own: these are the files that several inner rooms share. ARCHITECTURE.md says why.
 */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'core-as/simd': [],
  'core-as/gemm': ['core-as/simd'],
  'core-as/attention': ['core-as/simd', 'core-as/gemm'],
  'core-as/maps': ['core-as/simd', 'core-as/gemm'],
  'core-as/rows': ['core-as/simd'],
  'core-as/picture/jpeg': [],
  'core-as/picture/png': ['core-as/picture/jpeg'],
  'core-as/picture': ['core-as/picture/jpeg', 'core-as/picture/png', 'core-as/simd'],
  'core-as/webp/memory.ts': [],
  'core-as/webp/failure.ts': [],
  'core-as/webp/vp8': ['core-as/webp/failure.ts', 'core-as/webp/memory.ts'],
  'core-as/webp/vp8l': ['core-as/webp/failure.ts', 'core-as/webp/memory.ts'],
  'core-as/webp': ['core-as/webp/vp8', 'core-as/webp/vp8l'],
  'core-as/grad': ['core-as/simd', 'core-as/gemm', 'core-as/attention', 'core-as/maps', 'core-as/rows'],
  'core-as': ['core-as/attention', 'core-as/gemm', 'core-as/maps', 'core-as/picture', 'core-as/rows', 'core-as/simd'],

  'src/image/pixels.ts': [],
  'src/image/exif.ts': [],
  'src/image/orient.ts': ['src/image/pixels.ts'],
  'src/image/pictureCore.ts': ['src/engine/coreSource.ts', 'src/platform', 'src/wasm'],
  'src/image/jpeg': ['src/image/pictureCore.ts', 'src/image/pixels.ts', 'src/image/exif.ts'],
  'src/image/png': ['src/image/pictureCore.ts', 'src/image/pixels.ts', 'src/image/exif.ts'],
  'src/image/paintedStripes.ts': ['src/image/pictureCore.ts'],
  'src/image/gif': [
    'src/image/paintedStripes.ts',
    'src/image/pictureCore.ts',
    'src/image/pixels.ts',
    'src/image/exif.ts',
  ],
  'src/image/bmp': [
    'src/image/paintedStripes.ts',
    'src/image/pictureCore.ts',
    'src/image/pixels.ts',
    'src/image/exif.ts',
  ],
  'src/image/tiff': [
    'src/image/paintedStripes.ts',
    'src/image/pictureCore.ts',
    'src/image/exif.ts',
    'src/image/pixels.ts',
  ],
  'src/image/webp': [
    'src/engine/coreSource.ts',
    'src/image/exif.ts',
    'src/image/pictureCore.ts',
    'src/image/pixels.ts',
    'src/wasm',
  ],
  'src/image/resample': ['src/image/pixels.ts'],
  'src/image': [
    'src/image/bmp',
    'src/image/exif.ts',
    'src/image/gif',
    'src/image/jpeg',
    'src/image/pictureCore.ts',
    'src/image/pixels.ts',
    'src/image/png',
    'src/image/resample',
    'src/image/orient.ts',
    'src/image/webp',
    'src/image/tiff',
  ],
  'src/image/process': ['src/image', 'src/image/pixels.ts', 'src/image/resample'],

  'src/weights/dtype.ts': [],
  'src/weights/bytes': [],
  'src/weights/storedTensor.ts': ['src/weights/dtype.ts'],
  'src/weights/stream': ['src/weights/bytes', 'src/weights/dtype.ts', 'src/weights/storedTensor.ts'],
  'src/weights/safetensors': ['src/weights/bytes', 'src/weights/dtype.ts', 'src/weights/storedTensor.ts'],
  'src/weights/torch': ['src/weights/bytes', 'src/weights/dtype.ts', 'src/weights/storedTensor.ts'],
  'src/weights/flax': ['src/weights/bytes', 'src/weights/dtype.ts', 'src/weights/storedTensor.ts'],
  'src/weights': [
    'src/weights/bytes',
    'src/weights/dtype.ts',
    'src/weights/flax',
    'src/weights/safetensors',
    'src/weights/storedTensor.ts',
    'src/weights/stream',
    'src/weights/torch',
  ],
  'src/weights/altered': ['src/weights', 'src/weights/dtype.ts', 'src/weights/storedTensor.ts'],
  'src/weights/save': ['src/weights', 'src/weights/dtype.ts', 'src/weights/storedTensor.ts'],

  'src/backend.ts': [],
  'src/rowAddressing.ts': ['src/backend.ts'],
  'src/model/beit/config': ['src/backend.ts'],
  'src/model/beit/params': ['src/backend.ts', 'src/model/beit/config'],
  'src/model/beit/positions': ['src/backend.ts', 'src/model/beit/params'],
  'src/model/beit/losses': ['src/model/beit/config'],
  'src/model/beit/masking': ['src/model/beit'],
  'src/model/beit': ['src/backend.ts', 'src/model/beit/config', 'src/model/beit/params', 'src/model/beit/positions'],
  'src/model/beit/heads/segmentation': [
    'src/backend.ts',
    'src/model/beit',
    'src/model/beit/config',
    'src/model/beit/params',
  ],
  'src/model/beit/heads': [
    'src/backend.ts',
    'src/model/beit',
    'src/model/beit/config',
    'src/model/beit/heads/segmentation',
  ],
  'src/model/beit/architectures.ts': [
    'src/model/beit',
    'src/model/beit/config',
    'src/model/beit/heads',
    'src/model/beit/heads/segmentation',
  ],

  'src/wasm': ['src/backend.ts', 'src/rowAddressing.ts'],
  'src/webgpu': ['src/backend.ts', 'src/rowAddressing.ts', 'src/weights'],

  'src/hub/progressEvent.ts': [],
  'src/hub/remoteFile.ts': [],
  'src/hub/hash': [],
  'src/hub/http': [],
  'src/hub/cache': ['src/hub/hash', 'src/hub/http', 'src/hub/remoteFile.ts', 'src/weights/bytes'],
  'src/hub/transfer': [
    'src/hub/cache',
    'src/hub/hash',
    'src/hub/http',
    'src/hub/progressEvent.ts',
    'src/hub/remoteFile.ts',
    'src/weights/bytes',
  ],
  'src/hub': [
    'src/hub/cache',
    'src/hub/hash',
    'src/hub/http',
    'src/hub/progressEvent.ts',
    'src/hub/remoteFile.ts',
    'src/hub/transfer',
    'src/weights/bytes',
  ],

  'src/platform': ['src/weights', 'src/weights/bytes', 'src/weights/save', 'src/hub', 'src/wasm', 'src/webgpu'],
  'src/explain': ['src/image', 'src/image/pixels.ts'],
  'src/engine/givenCore.ts': ['src/platform', 'src/wasm'],
  'src/engine/coreSource.ts': ['src/engine/givenCore.ts', 'src/platform', 'src/wasm'],
  'src/engine': [
    'src/backend.ts',
    'src/engine/coreSource.ts',
    'src/engine/givenCore.ts',
    'src/image',
    'src/image/resample',
    'src/model/beit',
    'src/model/beit/config',
    'src/model/beit/params',
    'src/platform',
    'src/wasm',
  ],
  // what happens to pictures that a model learns from; a chunk for the workers that read them
  'src/augment': ['src/image', 'src/image/pixels.ts'],
  'src/loading': [
    'src/backend.ts',
    'src/engine',
    'src/explain',
    'src/hub',
    'src/image/process',
    'src/input',
    'src/model',
    'src/platform',
    'src/wasm',
    'src/weights',
  ],
  'src/hosting': [
    'src/augment',
    'src/engine',
    'src/image',
    'src/input',
    'src/loading',
    'src/model',
    'src/platform',
    'src/wasm',
    'src/weights',
  ],
  'src/pretrained': ['src/backend.ts', 'src/engine', 'src/hosting', 'src/loading', 'src/model', 'src/wasm'],
  'src/input': ['src/image', 'src/image/pixels.ts', 'src/platform'],
  'src/pipelines': ['src/pretrained', 'src/hosting', 'src/input', 'src/loading', 'src/model', 'src/image/process'],
  // tokenizers are a chunk that is fetched when one is opened
  'src/tokenizer': [
    'src/backend.ts',
    'src/engine',
    'src/input',
    'src/loading',
    'src/model',
    'src/platform',
    'src/wasm',
    'src/weights',
  ],
  'src/serve': [
    'src/image',
    'src/loading',
    'src/model',
    'src/pipelines',
    'src/platform',
    'src/pretrained',
    'src/runtimeInfo.ts',
    'src/weights',
  ],
  // training is an entry of its own: it may use everything that loads and saves models, and nobody but the command uses it
  'src/train': [
    'src/augment',
    'src/backend.ts',
    'src/engine',
    'src/hosting',
    'src/hub',
    'src/image',
    'src/loading',
    'src/model',
    'src/platform',
    'src/pretrained',
    'src/wasm',
    'src/weights',
  ],
  // the names of transformers.js, over what everyone can import
  'src/transformers': ['src/index.ts'],
  'src/batch': ['src/image', 'src/loading', 'src/pipelines', 'src/platform', 'src/quoted.ts', 'src/weights'],
  'src/cli': ['src'],
  src: ['src'],
};

interface Import {
  readonly from: string;
  readonly to: string;
}

function sources(): string[] {
  return ['src', 'core-as'].flatMap((room) =>
    readdirSync(room, { recursive: true })
      .map((name) => `${room}/${String(name).replaceAll('\\', '/')}`)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')),
  );
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:from\s+|import\s*\(?\s*)(['"])([.#][^'"]*)\1/g)].map((m) => m[2]);
  // the text of a worker's script is data
  const modules = found.filter((name) => !name.endsWith('?script'));
  return modules.map((name) => ({ from: file, to: resolveImport(file, name) }));
}

function resolveImport(file: string, name: string): string {
  if (name === '#platform') return 'src/platform/platform.ts';
  if (name === '#modelWorker') return 'src/platform/modelWorker.ts';
  const path = normalize(join(dirname(file), name)).replaceAll('\\', '/');
  return /\.\w+$/.test(path) ? path : `${path}.ts`;
}

function roomOf(file: string): string {
  const rooms = Object.keys(TABLE).filter((room) => file === room || file.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0];
}

const within = (file: string, room: string) => file === room || file.startsWith(`${room}/`);

test('every import is one the table allows', () => {
  const files = sources();
  assert.ok(files.length > 50, `found ${files.length} source files`);
  const strays = files.flatMap(importsOf).filter(({ from, to }) => {
    const room = roomOf(from);
    return !within(to, room) && !LEAVES.includes(to) && !TABLE[room].some((allowed) => within(to, allowed));
  });
  assert.equal(
    strays.map(({ from, to }) => `${from} → ${to}`),
    [],
  );
});

test('no arrow runs back up: the table itself has no circle', () => {
  const open: string[] = [];
  const done = new Set<string>();
  const visit = (room: string): void => {
    if (done.has(room)) return;
    assert.not.ok(open.includes(room), `circle: ${[...open, room].join(' → ')}`);
    open.push(room);
    for (const next of TABLE[room].map(roomOf)) if (next !== room) visit(next);
    open.pop();
    done.add(room);
  };
  for (const room of Object.keys(TABLE)) visit(room);
});

test('leaves import leaves', () => {
  const strays = LEAVES.filter((leaf) => sources().includes(leaf))
    .flatMap(importsOf)
    .filter(({ to }) => !LEAVES.includes(to));
  assert.equal(strays, []);
});

test('there are no cycles', () => {
  const graph = new Map(sources().map((file) => [file, importsOf(file).map(({ to }) => to)]));
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return;
    assert.not.equal(state.get(file), 'open', `cycle: ${[...path, file].join(' → ')}`);
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
});

test('rooms named after what nobody knows where to put do not exist', () => {
  const vague = sources().filter((file) => /\/(utils?|helpers?|common|types|misc)(\/|\.ts$)/.test(file));
  assert.equal(vague, []);
});

test.run();
