import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { filesOf } from '../../../src/weights/bytes/byteSource.ts';
import { array, bin, chunked, chunks, floats, map, sizes } from './flax/flaxFile.ts';
import { outcomeOf } from './refusal.ts';
import { safetensorsFile } from './safetensors/safetensorsFile.ts';
import {
  call,
  i64,
  ints,
  join,
  op,
  program,
  stateDict,
  storage,
  tensor,
  torchLegacy,
  torchZip,
  VALUES,
} from './torch/torchFile.ts';
import { shareOf, workOf } from './workOf.ts';

/** One format under mutation: seeds, and how mutated bytes become the files that are opened. */
export interface Target {
  readonly seeds: readonly Uint8Array[];
  files(bytes: Uint8Array): { readonly name: string; readonly files: Record<string, Uint8Array> };
}

type Edit = readonly [kind: number, at: number, length: number, value: number];

const ALLOWED = ['accepted', 'InvalidCheckpoint', 'BadArchive', 'UnsafePickle', 'UnsupportedFormat', 'FileNotFound'];
const INTERESTING = [0, 1, 2, 4, 8, 0x7f, 0x80, 0xfe, 0xff, 0x28, 0x2e, 0x52, 0x63, 0x71, 0x7b, 0x22, 0x30, 0x39];
const named = (name: string) => (bytes: Uint8Array) => ({ name, files: { [name]: bytes } });
const training = stateDict(
  ['model', join(op.dict, op.text('a'), tensor(), op.setItem)],
  ['args', join(op.global('argparse', 'Namespace'), op.emptyTuple, op.newObject, op.dict, op.build)],
  [
    'b',
    call('torch._utils', '_rebuild_parameter', tensor({ size: ints(2, 1), stride: ints(1, 2) }), op.false, op.none),
  ],
);
const pickles = [stateDict(['a', tensor()], ['b', tensor({ offset: op.int(1), size: ints(1) })]), training];
const legacyKeys = program(op.list, op.mark, op.text('0'), op.text('1'), op.appends);
const legacyTwo = stateDict(
  ['a', tensor({ storage: storage({ legacy: op.none }) })],
  ['b', tensor({ storage: storage({ key: op.text('1'), legacy: op.none }) })],
);
const matrix = array({ shape: Uint8Array.of(0x92, 2, 1), data: bin(floats(1, 2)) });
const flaxTree = map(['dense', map(['kernel', matrix], ['bias', array()])], ['norm', map(['scale', array()])]);
const index = { metadata: { total_size: 8 }, weight_map: { a: 'one', b: 'two' } };

export const TARGETS: Readonly<Record<string, Target>> = {
  safetensors: {
    seeds: [safetensorsFile({ a: [1, 2], bb: [3] }), readFileSync('fixtures/formats/tensors.safetensors')],
    files: named('model.safetensors'),
  },
  index: {
    seeds: [new TextEncoder().encode(JSON.stringify(index))],
    files: (bytes) => {
      const shards = { one: safetensorsFile({ a: [1] }), two: safetensorsFile({ b: [1] }) };
      return { name: 'model.safetensors.index.json', files: { ...shards, 'model.safetensors.index.json': bytes } };
    },
  },
  zip: { seeds: pickles.map((pickle) => torchZip(pickle)), files: named('pytorch_model.bin') },
  pickle: { seeds: pickles, files: (bytes) => named('pytorch_model.bin')(torchZip(bytes)) },
  legacy: {
    seeds: [
      torchLegacy(),
      torchLegacy({ object: legacyTwo, keys: legacyKeys, data: join(i64(2n), VALUES, i64(2n), VALUES) }),
    ],
    files: named('pytorch_model.bin'),
  },
  flax: {
    seeds: [flaxTree, chunked(sizes(2, 2), chunks(array(), array()))],
    files: named('flax_model.msgpack'),
  },
};

/** One to six edits of a seed: bytes set, flipped, cut, doubled, or filled with what another place holds. */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 0xffff }), fc.nat({ max: 0xff }), fc.nat({ max: 0xff }));
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 6 })).map(([seed, edits]) => {
    return edits.reduce<Uint8Array>(apply, seed);
  });
}

function apply(bytes: Uint8Array, [kind, place, length, value]: Edit): Uint8Array {
  const at = bytes.length === 0 ? 0 : place % bytes.length;
  const end = Math.min(bytes.length, at + (length % 16) + 1);
  if (kind === 3) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  if (kind === 4) return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
  if (kind === 5) return bytes.subarray(0, length < 32 ? at : bytes.length);
  const out = Uint8Array.from(bytes);
  if (kind === 0) out[at] = value;
  if (kind === 1) out[at] = INTERESTING[value % INTERESTING.length];
  if (kind === 2) out[at] ^= 1 << (value & 7);
  return out;
}

/** What came of the mutations: how often each code, and the most work of one as a share of what it may cost. */
export interface Outcomes {
  readonly codes: Map<string, number>;
  hardest: number;
}

/**
 * Opens and reads `runs` mutations of a format, with and without stubs. Fails for any error that is no documented one, and
 * for any that reads its bytes again and again, gives more values than they hold or asks for memory out of proportion to
 * them; fast-check then shrinks it.
 */
export async function mutate(target: Target, runs: number, seed: number): Promise<Outcomes> {
  const outcomes: Outcomes = { codes: new Map(), hardest: 0 };
  const property = fc.asyncProperty(mutated(target.seeds), fc.boolean(), async (bytes, allowStubs) => {
    const { name, files } = target.files(bytes);
    let code = '';
    const work = await workOf(filesOf(files), async (counted, put) => {
      code = await outcomeOf(counted, name, allowStubs, put);
    });
    assert.ok(ALLOWED.includes(code), code);
    outcomes.codes.set(code, (outcomes.codes.get(code) ?? 0) + 1);
    const size = Object.values(files).reduce((sum, { length }) => sum + length, 0);
    outcomes.hardest = Math.max(outcomes.hardest, shareOf(work, size));
    assert.ok(shareOf(work, size) <= 1, `${JSON.stringify(work)} for ${size} bytes`);
  });
  await fc.assert(property, { numRuns: runs, seed });
  return outcomes;
}
