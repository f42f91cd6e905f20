import type { Graph, OnnxAttribute, OnnxNode, OnnxTensor } from './graph.ts';
import { Message } from './protobuf.ts';

/** Name and dims of an f32 tensor that goes into a graph or comes out of it. */
export interface Port {
  readonly name: string;
  readonly dims: readonly number[];
}

/** A graph with its ends. */
export interface Recording {
  readonly graph: Graph;
  readonly input: Port;
  readonly output: Port;
}

const IR_VERSION = 8;
const OPSET = 17;
// TensorProto.DataType
const ELEMENT = { float32: 1, uint8: 2, int8: 3, int64: 7 };
// AttributeProto.AttributeType
const [FLOAT, INT, INTS] = [1, 2, 7];

/** The pieces of an ONNX file (ModelProto of onnx.proto3), to be written one after the other. */
export function onnxFile({ graph, input, output }: Recording): Uint8Array[] {
  const body = new Message().string(2, 'beit');
  for (const node of graph.nodes) body.message(1, nodeProto(node));
  for (const [name, tensor] of graph.initializers) body.message(5, tensorProto(name, tensor));
  body.message(11, valueInfo(input)).message(12, valueInfo(output));
  return new Message()
    .int(1, IR_VERSION)
    .string(2, 'beit-wasm bench')
    .message(7, body)
    .message(8, new Message().string(1, '').int(2, OPSET)).pieces;
}

function nodeProto({ op, inputs, outputs, attributes }: OnnxNode): Message {
  const node = new Message();
  for (const name of inputs) node.string(1, name);
  for (const name of outputs) node.string(2, name);
  node.string(3, `${op}_${outputs[0]}`).string(4, op);
  for (const [name, value] of Object.entries(attributes)) node.message(5, attributeProto(name, value));
  return node;
}

function attributeProto(name: string, value: OnnxAttribute): Message {
  const attribute = new Message().string(1, name);
  if (typeof value === 'number') return attribute.int(3, value).int(20, INT);
  if ('float' in value) return attribute.float(2, value.float).int(20, FLOAT);
  for (const item of value) attribute.int(8, item);
  return attribute.int(20, INTS);
}

function tensorProto(name: string, { type, dims, data }: OnnxTensor): Message {
  const tensor = new Message();
  for (const dim of dims) tensor.int(1, dim);
  return tensor
    .int(2, ELEMENT[type])
    .string(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfo({ name, dims }: Port): Message {
  const shape = new Message();
  for (const dim of dims) shape.message(1, new Message().int(1, dim));
  const tensor = new Message().int(1, ELEMENT.float32).message(2, shape);
  return new Message().string(1, name).message(2, new Message().message(1, tensor));
}
