import { type ByteSource, bytesSource, type ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { fillFromRecipe } from './recipe.ts';

/** Shapes by tensor name, and the config as JSON: enough to play a checkpoint of any size that lies nowhere. */
export interface RecipeModel {
  readonly config: unknown;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly seed: number;
}

interface Piece {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number; // bytes from the start of the data
  readonly end: number;
}

const CHUNK = 1 << 18; // elements

/** A folder with a config and a safetensors file whose weights are computed while they are read. */
export function recipeFiles({ config, shapes, seed }: RecipeModel): ModelFiles {
  const json = new TextEncoder().encode(JSON.stringify(config));
  const pieces = layOut(shapes);
  return {
    open: async (name) => {
      if (name === 'config.json') return bytesSource(name, json);
      return name === 'model.safetensors' ? recipeSource(name, pieces, seed) : null;
    },
  };
}

function layOut(shapes: RecipeModel['shapes']): Piece[] {
  let at = 0;
  return Object.entries(shapes).map(([name, shape]) => {
    const begin = at;
    at += 4 * shape.reduce((a, b) => a * b, 1);
    return { name, shape, begin, end: at };
  });
}

function recipeSource(name: string, pieces: readonly Piece[], seed: number): ByteSource {
  const header = headerOf(pieces);
  const size = header.length + pieces.at(-1)!.end;
  async function* stream(begin: number, end: number): AsyncIterable<Uint8Array> {
    if (begin < header.length) yield header.subarray(begin, Math.min(end, header.length));
    const from = Math.max(begin - header.length, 0);
    for (const piece of pieces) yield* pieceBytes(piece, seed, from, end - header.length);
  }
  const read = async (begin: number, end: number) => {
    const bytes = new Uint8Array(end - begin);
    let at = 0;
    for await (const chunk of stream(begin, end)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  };
  return { name, size, stream, read };
}

function headerOf(pieces: readonly Piece[]): Uint8Array {
  const entries = pieces.map(({ name, shape, begin, end }) => [
    name,
    { dtype: 'F32', shape, data_offsets: [begin, end] },
  ]);
  const json = JSON.stringify(Object.fromEntries(entries));
  const text = new TextEncoder().encode(json.padEnd(Math.ceil((json.length + 8) / 8) * 8 - 8));
  const header = new Uint8Array(8 + text.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(text.length), true);
  header.set(text, 8);
  return header;
}

/** The bytes of one tensor that lie in [from, to) of the data; both on element borders. */
function* pieceBytes({ name, shape, begin, end }: Piece, seed: number, from: number, to: number) {
  const last = Math.min(end, to);
  for (let at = Math.max(begin, from); at < last; at += 4 * CHUNK) {
    const values = new Float32Array(Math.min(CHUNK, (last - at) / 4));
    fillFromRecipe(values, name, shape, seed, (at - begin) / 4);
    yield new Uint8Array(values.buffer);
  }
}
