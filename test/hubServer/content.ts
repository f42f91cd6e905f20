import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { ServedFile } from './repository.ts';
import type { Step } from './script.ts';

const PIECE = 16_384;

/** Sends a file or the range of it that was asked for, with whatever the step does to it. */
export async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
  fields: Readonly<Record<string, string>>,
  step: Step,
): Promise<void> {
  const { begin, end } = rangeOf(request, fields.etag, file.bytes.length, step);
  const shift = begin === null ? 0 : (step.shiftRange ?? 0);
  const from = (begin ?? 0) + shift;
  if (from > file.bytes.length)
    return void response.writeHead(416, { 'content-range': `bytes */${file.bytes.length}` }).end();
  const content = corrupted(file.bytes, step.corruptAt).slice(from, end);
  const body = step.gzip ? gzipSync(content) : content;
  const headers: Record<string, string | null> = {
    ...fields,
    'content-length': String(body.length),
    'accept-ranges': 'bytes',
  };
  if (begin !== null) headers['content-range'] = `bytes ${from}-${end - 1}/${file.bytes.length}`;
  if (step.gzip) headers['content-encoding'] = 'gzip';
  if (step.unsized || step.endAt !== undefined || step.endless) headers['content-length'] = null;
  response.writeHead(begin === null ? 200 : 206, present({ ...headers, ...step.headers }));
  if (request.method === 'HEAD') return void response.end();
  response.flushHeaders();
  await sendBody(response, body, step);
}

/** The range to serve; `begin` null when all of it goes out as 200. */
function rangeOf(
  request: IncomingMessage,
  etag: string,
  size: number,
  step: Step,
): { begin: number | null; end: number } {
  const asked = request.headers.range?.match(/^bytes=(\d+)-(\d*)$/);
  const ifRange = request.headers['if-range'];
  const stale = ifRange !== undefined && ifRange !== etag;
  if (!asked || stale || step.ignoreRange) return { begin: null, end: size };
  return { begin: Number(asked[1]), end: asked[2] ? Math.min(size, Number(asked[2]) + 1) : size };
}

function corrupted(bytes: Uint8Array, at: number | undefined): Uint8Array {
  if (at === undefined) return bytes;
  const copy = bytes.slice();
  copy[at] ^= 1;
  return copy;
}

async function sendBody(response: ServerResponse, body: Uint8Array, step: Step): Promise<void> {
  const limit = Math.min(step.cutAt ?? body.length, step.endAt ?? body.length, step.stallAt ?? body.length);
  const piece = step.drip?.size ?? PIECE;
  for (let at = 0; at < limit && !response.destroyed; at += piece) {
    await write(response, body.subarray(at, Math.min(at + piece, limit)));
    if (step.drip) await new Promise((done) => setTimeout(done, step.drip!.every));
  }
  if (step.stallAt !== undefined) return;
  if (step.cutAt !== undefined) return void setTimeout(() => response.destroy(), 20);
  while (step.endless && !response.destroyed) await write(response, body.subarray(0, PIECE));
  response.end();
}

/** Writes and waits for room, or for the other side to go. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((done) => {
    if (response.destroyed || response.write(bytes)) return done();
    const proceed = (): void => {
      response.off('drain', proceed).off('close', proceed);
      done();
    };
    response.on('drain', proceed).on('close', proceed);
  });
}

/** Fields without those set to null. */
export function present(fields: Readonly<Record<string, string | null>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== null));
}
