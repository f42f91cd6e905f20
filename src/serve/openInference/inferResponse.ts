import { HttpError } from '../httpError.ts';
import type { NamedTensor } from '../namedTensor.ts';
import type { InferRequest, WantedOutput } from './inferRequest.ts';
import { toBinary, toJson } from './tensors.ts';

/** The answer to an inference request: JSON, or JSON followed by binary tensors. @throws {@link HttpError} 400 */
export function inferResponse(
  model: { readonly name: string; readonly labels: readonly string[] | null },
  { id, outputs, binary }: InferRequest,
  results: readonly NamedTensor[],
): Response {
  const wanted = outputs ?? results.map(({ name }) => ({ name, binary, classes: null }));
  const tensors = wanted.map((want) => ({ want, tensor: wantedTensor(want, results, model.labels) }));
  const chunks: Uint8Array[] = [];
  const described = tensors.map(({ want, tensor }) => {
    const { name, datatype, shape } = tensor;
    if (!want.binary) return { name, datatype, shape, data: toJson(tensor) };
    const bytes = toBinary(tensor);
    chunks.push(bytes);
    return { name, datatype, shape, parameters: { binary_data_size: bytes.length } };
  });
  const json = JSON.stringify({ model_name: model.name, model_version: '1', id: id ?? '', outputs: described });
  if (chunks.length === 0) return new Response(json, { headers: { 'content-type': 'application/json' } });
  const header = new TextEncoder().encode(json);
  return new Response(new Blob([header, ...chunks] as BlobPart[]), {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    },
  });
}

function wantedTensor(
  { name, classes }: WantedOutput,
  results: readonly NamedTensor[],
  labels: readonly string[] | null,
): NamedTensor {
  const found = results.find((result) => result.name === name);
  if (!found) {
    const known = results.map((result) => result.name).join(', ');
    throw new HttpError(400, 'InvalidArgument', `Unknown output "${name}": expected one of ${known}`);
  }
  return classes === null ? found : classification(found, classes, labels);
}

/** The classification extension: for every row the best classes as "value:index:label". */
function classification(tensor: NamedTensor, count: number, labels: readonly string[] | null): NamedTensor {
  if (!labels || tensor.shape.length !== 2) {
    throw new HttpError(400, 'InvalidArgument', `Output "${tensor.name}" has no classes`);
  }
  const [rows, cols] = tensor.shape;
  const data = tensor.data as Float32Array;
  const most = Math.min(count, cols);
  const text = Array.from({ length: rows }, (_, i) => best(data.subarray(i * cols, (i + 1) * cols), most, labels));
  return { name: tensor.name, datatype: 'BYTES', shape: [rows, most], data: text.flat() };
}

function best(row: Float32Array, count: number, labels: readonly string[]): Uint8Array[] {
  const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b);
  return order.slice(0, count).map((i) => new TextEncoder().encode(`${row[i]}:${i}:${labels[i]}`));
}
