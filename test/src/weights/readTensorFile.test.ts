import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bytesSource } from '../../../src/weights/bytes/byteSource.ts';
import { readTensorFile } from '../../../src/weights/readTensorFile.ts';
import { refused } from '../refused.ts';
import { safetensorsFile } from './safetensors/safetensorsFile.ts';
import { join, op, program, stateDict, tensor, torchLegacy, torchZip } from './torch/torchFile.ts';

const test = suite('weights/readTensorFile');
const NAMES = ['model.safetensors', 'pytorch_model.bin', 'flax_model.msgpack', 'weights'];
const ascii = (text: string) => new TextEncoder().encode(text);
const read = (bytes: Uint8Array, name = 'weights', allowStubs = false) =>
  readTensorFile(bytesSource(name, bytes), { allowStubs });

test('the bytes say what a file is, not its name', async () => {
  const flax = new Uint8Array(readFileSync('fixtures/formats/flax_model.msgpack'));
  const files: [string, Uint8Array][] = [
    ['safetensors', safetensorsFile({ a: [1, 2] })],
    ['torch', torchZip(stateDict(['a', tensor()]))],
    ['torch', torchLegacy()],
    ['flax', flax],
    ['index', ascii('\n {"weight_map": {"a": "b"}}')],
  ];
  for (const [format, bytes] of files) {
    for (const name of NAMES) {
      const file = await read(bytes, name);
      assert.is(file === 'index' ? file : file.format, format, name);
      if (file !== 'index' && format !== 'flax')
        assert.equal([file.tensors[0].name, file.tensors[0].shape], ['a', [2]]);
    }
  }
});

test('metadata comes along where the format has any, and stubs only where they are allowed', async () => {
  const header = ascii(JSON.stringify({ __metadata__: { format: 'pt' } }));
  const file = await read(join([header.length, 0, 0, 0, 0, 0, 0, 0], header));
  assert.equal(file !== 'index' && [...file.metadata], [['format', 'pt']]);
  const training = torchZip(stateDict(['args', op.global('argparse', 'Namespace')], ['a', tensor()]));
  await refused(() => read(training), 'UnsafePickle', /argparse.Namespace/);
  const torch = await read(training, 'weights', true);
  assert.equal(torch !== 'index' && [torch.tensors.length, torch.metadata.size], [1, 0]);
});

test('what people also call weights is refused with what to do about it', async () => {
  const tar = new Uint8Array(512);
  tar.set(ascii('ustar'), 257);
  const foreign: [Uint8Array, RegExp][] = [
    [ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00'), /git lfs pull/],
    [ascii('\r\n<!DOCTYPE html><html>'), /is a web page/],
    [ascii('<HTML>'), /is a web page/],
    [tar, /is a tar file/],
    [new Uint8Array(gzipSync(safetensorsFile({ a: [1] }))), /gzip; unpack it first/],
    [join([0x89], ascii('HDF\r\n\u001a\n')), /is HDF5/],
    [Uint8Array.of(0x50, 0x4b, 5, 6, ...new Array(18).fill(0)), /an empty zip archive/],
    [program(op.dict), /is a bare pickle/],
    [ascii('GGUF\x03\0\0\0'), /is GGUF/],
    [Uint8Array.of(0x93, ...ascii('NUMPY\x01\0')), /one array of NumPy/],
    [ascii('\x1c\0\0\0TFL3'), /TensorFlow Lite/],
    [ascii('\x08\x08\x12\x07pytorch'), /an ONNX model/],
    [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0), /Zstandard; unpack/],
    [new Uint8Array(0), /of no known format/],
    [Uint8Array.of(0x93, 0x4e, 0x55, 0x4d), /of no known format/],
  ];
  for (const [bytes, message] of foreign) await refused(() => read(bytes), 'UnsupportedFormat', message);
});

test('bytes of no format are told what they break of the one their name promises', async () => {
  const nothing = Uint8Array.of(1, 2, 3, 4, 5);
  await refused(() => read(nothing, 'model.safetensors'), 'InvalidCheckpoint', /"model.safetensors"/);
  await refused(() => read(nothing, 'flax_model.msgpack'), 'InvalidCheckpoint', /"flax_model.msgpack"/);
  await refused(() => read(nothing, 'pytorch_model.bin'), 'UnsupportedFormat', /of no known format/);
});

test.run();
