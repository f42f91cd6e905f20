// One call of ModelInfer as a request with binary tensors, and its answer back. Nothing is computed or checked here: the
// handler does both.

/** A map of InferParameter as the plain values of JSON. */
const plain = (parameters) =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value[value.parameter_choice]]));

/** Field of InferTensorContents → its elements in bytes, little endian. FP16 travels only raw. */
const TYPED = {
  fp32_contents: (values) => Buffer.from(new Float32Array(values).buffer),
  bytes_contents: (values) => Buffer.concat(values.flatMap((bytes) => [lengthOf(bytes), bytes])),
};

function lengthOf(bytes) {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return length;
}

/** Bytes of input `i`: raw contents are one list beside the inputs, typed ones are in each. @throws {Error} for other types */
function bytesOf({ name, contents }, i, raw) {
  if (raw.length > 0) return raw[i] ?? Buffer.alloc(0);
  const field = Object.keys(contents ?? {}).find((key) => contents[key].length > 0);
  if (!field) return Buffer.alloc(0);
  if (!TYPED[field]) throw new Error(`Cannot read input "${name}": expected raw, fp32 or bytes contents, got ${field}`);
  return TYPED[field](contents[field]);
}

/** The body of `POST v2/models/M/infer`, and the bytes of its JSON. All outputs are asked for as binary tensors. */
export function bodyOf({ id, parameters, inputs, outputs, raw_input_contents: raw }) {
  const tensors = inputs.map((input, i) => bytesOf(input, i, raw));
  const json = {
    id,
    parameters: { ...plain(parameters), binary_data_output: true },
    inputs: inputs.map(({ name, datatype, shape, parameters }, i) => ({
      name,
      datatype,
      shape,
      parameters: { ...plain(parameters), binary_data_size: tensors[i].length },
    })),
    ...(outputs.length > 0 && {
      outputs: outputs.map(({ name, parameters }) => ({
        name,
        parameters: { ...plain(parameters), binary_data: true },
      })),
    }),
  };
  const head = Buffer.from(JSON.stringify(json));
  return { body: Buffer.concat([head, ...tensors]), headLength: head.length };
}

/** The answer of the handler as a ModelInferResponse with raw contents. */
export async function answerOf(response) {
  const bytes = Buffer.from(await response.arrayBuffer());
  const end = Number(response.headers.get('inference-header-content-length'));
  const { outputs, ...rest } = JSON.parse(bytes.subarray(0, end).toString());
  let at = end;
  const raw = outputs.map(({ parameters }) => {
    const begin = at;
    at += parameters.binary_data_size;
    return bytes.subarray(begin, at);
  });
  return {
    ...rest,
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_output_contents: raw,
  };
}
