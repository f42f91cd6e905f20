import { concatBytes } from '../concatBytes.ts';
import { HttpError } from './httpError.ts';

/** Encodings of a body that are undone here; both count against the limit after it. */
const ENCODINGS: Readonly<Record<string, CompressionFormat>> = { gzip: 'gzip', deflate: 'deflate' };

/**
 * The bytes of a request, inflated.
 *
 * @param most of the inflated body; unit: bytes
 * @throws {@link HttpError} 413 beyond `most`, 415 for an encoding that is not read, 400 for a body that is cut short
 */
export async function bodyOf(request: Request, most: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > most) throw tooLarge(most);
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (encoding === 'identity' && announced > 0) return wholeBody(request, most);
  if (!request.body) return new Uint8Array();
  if (encoding === 'identity') return collect(request.body, most);
  const format = ENCODINGS[encoding];
  if (!format) throw new HttpError(415, 'UnsupportedFormat', `Unknown Content-Encoding "${encoding.slice(0, 40)}"`);
  return collect(request.body.pipeThrough(new DecompressionStream(format) as never), most);
}

/** Of announced length, which every runtime holds a client to. A stream of its own would take longer than a small picture. */
async function wholeBody(request: Request, most: number): Promise<Uint8Array> {
  const bytes = await request.arrayBuffer().catch(() => {
    throw cutShort();
  });
  if (bytes.byteLength > most) throw tooLarge(most);
  return new Uint8Array(bytes);
}

async function collect(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw cutShort();
  }
  return concatBytes(chunks);
}

const cutShort = () =>
  new HttpError(400, 'InvalidArgument', 'Cannot read the body: it is cut short or not what its encoding says');
const tooLarge = (most: number) => new HttpError(413, 'TooLarge', `The body is larger than ${most} bytes`);

/** @throws {@link HttpError} 400 */
export function parseBody(bytes: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new HttpError(400, 'InvalidArgument', 'Cannot parse the body: expected JSON');
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new HttpError(400, 'InvalidArgument', 'Cannot parse the body: expected a JSON object');
  }
  return parsed as Record<string, unknown>;
}
