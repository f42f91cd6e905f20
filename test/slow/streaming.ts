// node scripts/run.mjs test/slow/streaming.ts [MEGABYTES]
// How fast weights stream out of a file in memory and on disk, beside a plain copy of as many bytes. Processor time.
import { open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type ByteSource, bytesSource } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import type { DtypeName } from '../../src/weights/dtype.ts';
import { type TensorEntry, writeSafetensors } from '../../src/weights/save/writeSafetensors.ts';
import { ints, op, stateDict, storage, tensor, zip } from '../src/weights/torch/torchFile.ts';

const MEGABYTES = Number(process.argv[2] ?? 256);
const COLUMNS = 768;
const ROWS = 4096;
const BYTES = ROWS * COLUMNS * 4;
const COUNT = Math.max(1, Math.round((MEGABYTES * 1e6) / BYTES));

async function safetensors(dtype: DtypeName, width: number): Promise<Uint8Array> {
  const data = new Uint8Array((BYTES * width) / 4).fill(0x3c);
  const entry = (i: number): TensorEntry => ({ name: `t${i}`, dtype, shape: [ROWS, COLUMNS], data: () => [data] });
  const parts: Uint8Array[] = [];
  await writeSafetensors(
    Array.from({ length: COUNT }, (_, i) => entry(i)),
    (chunk) => void parts.push(chunk),
  );
  return new Uint8Array(Buffer.concat(parts));
}

function torch(strides: [number, number]): Uint8Array {
  const names = Array.from({ length: COUNT }, (_, i) => String(i));
  const one = (key: string) => {
    const from = storage({ key: op.text(key), numel: op.int(ROWS * COLUMNS) });
    return tensor({ storage: from, size: ints(ROWS, COLUMNS), stride: ints(...strides) });
  };
  const data = new Uint8Array(BYTES).fill(0x3c);
  const pickle = {
    name: 'a/data.pkl',
    data: stateDict(...names.map((key) => [key, one(key)] as [string, Uint8Array])),
  };
  return zip([pickle, ...names.map((key) => ({ name: `a/data/${key}`, data }))]);
}

async function time(label: string, source: ByteSource, elements: number): Promise<void> {
  const packed = new Float32Array(ROWS * COLUMNS);
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const checkpoint = await openCheckpoint({ open: async () => source }, { file: source.name });
    const started = cpu();
    await checkpoint.visit(() => ({ grain: COLUMNS, put: (chunk: Float32Array, at: number) => packed.set(chunk, at) }));
    best = Math.min(best, cpu() - started);
  }
  console.log(
    `${label.padEnd(34)} ${(elements / best / 1e3).toFixed(0).padStart(6)} million elements/s, ${best.toFixed(0)} ms`,
  );
}

/** Processor time, in ms: what others do on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const elements = COUNT * ROWS * COLUMNS;
const from = new Float32Array(ROWS * COLUMNS).fill(1);
const to = new Float32Array(ROWS * COLUMNS);
let copy = Number.POSITIVE_INFINITY;
for (let attempt = 0; attempt < 3; attempt++) {
  const started = cpu();
  for (let i = 0; i < COUNT; i++) to.set(from);
  copy = Math.min(copy, cpu() - started);
}
console.log(
  `${'a plain copy'.padEnd(34)} ${(elements / copy / 1e3).toFixed(0).padStart(6)} million elements/s, ${copy.toFixed(0)} ms`,
);

const f32 = await safetensors('F32', 4);
const odd = new Uint8Array(f32.length + 1);
odd.set(f32, 1);
await time('safetensors f32, aligned', bytesSource('m', f32), elements);
await time('safetensors f32, not aligned', bytesSource('m', odd.subarray(1)), elements);
await time('safetensors f16', bytesSource('m', await safetensors('F16', 2)), elements);
await time('safetensors bf16', bytesSource('m', await safetensors('BF16', 2)), elements);
await time('torch zip f32, checksums verified', bytesSource('m', torch([COLUMNS, 1])), elements);
await time('torch zip f32, transposed', bytesSource('m', torch([1, ROWS])), elements);

const path = `${tmpdir()}/beit-streaming-${process.pid}`;
await writeFile(path, f32);
const file = await open(path);
const read = async (begin: number, end: number) => {
  const { buffer } = await file.read({ buffer: new Uint8Array(end - begin), position: begin });
  return buffer;
};
const size = (await file.stat()).size;
await time(
  'safetensors f32, from disk',
  {
    name: 'm',
    size,
    read,
    async *stream(begin, end) {
      const buffer = new Uint8Array(1 << 20);
      for (let at = begin; at < end; ) {
        const { bytesRead } = await file.read({ buffer, length: Math.min(buffer.length, end - at), position: at });
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    },
  },
  elements,
);
await file.close();
await rm(path);
