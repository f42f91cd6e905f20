import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('imports');

/** Everyone may use these: they import nothing but each other. */
const LEAVES = ['src/errors.ts', 'src/tensor.ts', 'src/numeric.ts', 'src/crc32.ts'];
/** Room → what it may import besides itself and the leaves. The longest matching room counts. ARCHITECTURE.md says why. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'core-as/simd': [],
  'core-as/gemm': ['core-as/simd'],
  'core-as': ['core-as/simd', 'core-as/gemm'],
  'src/image': [],
  'src/weights': [],
  'src/backend.ts': [],
  'src/model': ['src/backend.ts'],
  'src/wasm': ['src/backend.ts'],
  'src/webgpu': ['src/backend.ts', 'src/wasm/engine.ts', 'src/weights'],
  'src/hub': ['src/weights/bytes/byteSource.ts'],
  'src/platform': ['src/weights', 'src/hub', 'src/wasm', 'src/webgpu'],
  'src/pretrained': [
    'src/backend.ts',
    'src/explain',
    'src/model',
    'src/wasm',
    'src/weights',
    'src/hub',
    'src/image',
    'src/platform',
  ],
  'src/pipelines': ['src/pretrained', 'src/model', 'src/image', 'src/platform'],
  'src/explain': ['src/model', 'src/image'],
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
  return found.map((name) => ({ from: file, to: resolveImport(file, name) }));
}

function resolveImport(file: string, name: string): string {
  if (name === '#platform') return 'src/platform/platform.ts';
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
