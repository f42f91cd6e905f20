import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Message } from '../../../bench/onnx/protobuf.ts';

const test = suite('bench/onnx/protobuf');

const bytesOf = ({ pieces }: Message) => pieces.flatMap((piece) => [...piece]);

// the examples of the encoding's own documentation: field 1 = 150, field 2 = "testing", field 3 = { 1: 150 }
test('integers, strings and messages as the wire format has them', () => {
  const number = new Message().int(1, 150);
  assert.equal(bytesOf(number), [0x08, 0x96, 0x01]);
  assert.equal(bytesOf(new Message().string(2, 'testing')), [0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67]);
  assert.equal(bytesOf(new Message().message(3, number)), [0x1a, 3, 0x08, 0x96, 0x01]);
});

test('negative integers take ten bytes, floats four', () => {
  assert.equal(bytesOf(new Message().int(1, -1)), [0x08, ...Array(9).fill(0xff), 0x01]);
  assert.equal(bytesOf(new Message().float(2, 1)), [0x15, 0, 0, 0x80, 0x3f]);
});

test('a length counts the bytes of all pieces', () => {
  const message = new Message().string(1, 'ab').int(2, 300).bytes(9, new Uint8Array(200));
  assert.is(message.length, bytesOf(message).length);
});

test.run();
