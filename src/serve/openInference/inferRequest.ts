import { Tensor } from '../../tensor.ts';
import { HttpError } from '../httpError.ts';
import type { NamedTensor } from '../namedTensor.ts';
import { parseBody } from '../requestBody.ts';
import type { ServedInput } from '../servedModel.ts';
import { fromBinary, fromJson } from './tensors.ts';

/** One output that a request asks for. */
export interface WantedOutput {
  readonly name: string;
  readonly binary: boolean;
  /** Classes that the classification extension is to list; null for the tensor itself. */
  readonly classes: number | null;
}

/** An inference request of the Open Inference Protocol, read. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly input: ServedInput;
  /** Null: all outputs. */
  readonly outputs: readonly WantedOutput[] | null;
  /** Whether outputs that are not named come as binary tensors. */
  readonly binary: boolean;
  /** Unit: milliseconds. */
  readonly timeout: number | undefined;
}

interface Parameters {
  readonly [name: string]: unknown;
}

const bad = (message: string) => new HttpError(400, 'InvalidArgument', message);

/**
 * Reads the body of `POST v2/models/M/infer`.
 *
 * @param headerLength the value of `Inference-Header-Content-Length`, null without the header
 * @throws {@link HttpError} 400
 */
export function readInferRequest(body: Uint8Array, headerLength: string | null): InferRequest {
  if (headerLength === '0') return oneRawPicture(body);
  const end = headerLength === null ? body.length : lengthOf(headerLength, body.length);
  const json = parseBody(body.subarray(0, end));
  const parameters = recordOf(json.parameters);
  return {
    id: json.id === undefined ? undefined : String(json.id),
    input: inputOf(readInputs(json.inputs, body.subarray(end))),
    outputs: json.outputs === undefined ? null : readOutputs(json.outputs, parameters),
    binary: parameters.binary_data_output === true,
    timeout: timeoutOf(parameters.timeout),
  };
}

/** Header value 0: the body is the one element of the one BYTES input, and all outputs come back binary. */
function oneRawPicture(body: Uint8Array): InferRequest {
  return { id: undefined, input: { pictures: [body] }, outputs: null, binary: true, timeout: undefined };
}

function lengthOf(text: string, size: number): number {
  const length = Number(text);
  if (Number.isInteger(length) && length > 0 && length <= size) return length;
  throw bad(`Invalid Inference-Header-Content-Length "${text.slice(0, 20)}": the body has ${size} bytes`);
}

function recordOf(value: unknown): Parameters {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Parameters) : {};
}

/** Triton gives it in microseconds. */
function timeoutOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value > 0) return Math.min(value / 1000, 2 ** 31 - 1);
  throw bad('Invalid parameter "timeout": expected microseconds above 0');
}

function listOf(what: string, value: unknown): Parameters[] {
  if (Array.isArray(value) && value.length > 0 && value.length <= 16) return value.map(recordOf);
  throw bad(`Invalid "${what}": expected a list of 1 to 16 objects`);
}

function readInputs(value: unknown, binary: Uint8Array): NamedTensor[] {
  let at = 0;
  const inputs = listOf('inputs', value).map((input) => {
    const [name, datatype] = [String(input.name), String(input.datatype)];
    const shape = Array.isArray(input.shape) ? input.shape.map(Number) : [];
    const size = recordOf(input.parameters).binary_data_size;
    if (size === undefined) return fromJson(name, datatype, shape, input.data);
    const end = at + Number(size);
    if (!(end >= at && end <= binary.length)) throw bad(`Input "${name}" ends beyond the body`);
    const bytes = binary.subarray(at, end);
    at = end;
    return fromBinary(name, datatype, shape, bytes);
  });
  if (at < binary.length) throw bad(`${binary.length - at} bytes are left after the last input`);
  return inputs;
}

function inputOf(inputs: readonly NamedTensor[]): ServedInput {
  if (inputs.length !== 1) throw bad(`Expected one input, "image" or "pixel_values", got ${inputs.length}`);
  const [{ name, datatype, shape, data }] = inputs;
  if (name === 'image' && datatype === 'BYTES') {
    if (data.length === 0) throw bad('Input "image" is empty');
    return { pictures: data as readonly Uint8Array[] };
  }
  if (name === 'pixel_values' && datatype === 'FP32') {
    return { pixelValues: new Tensor('float32', data as Float32Array<ArrayBuffer>, shape) };
  }
  throw bad(`Unknown input "${name}" of ${datatype}: expected "image" of BYTES or "pixel_values" of FP32`);
}

function readOutputs(value: unknown, request: Parameters): WantedOutput[] {
  return listOf('outputs', value).map((output) => {
    const parameters = recordOf(output.parameters);
    const classes = parameters.classification;
    if (classes !== undefined && !(Number.isInteger(classes) && (classes as number) > 0)) {
      throw bad('Invalid parameter "classification": expected a positive integer');
    }
    return {
      name: String(output.name),
      binary: (parameters.binary_data ?? request.binary_data_output) === true,
      classes: (classes as number | undefined) ?? null,
    };
  });
}
