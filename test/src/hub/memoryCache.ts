import type { ResponseCache } from '../../../src/hub/cache/cachePut.ts';

/** The Cache API as the specification has it: `put` keeps a response once its body has ended well, and not before. */
export class MemoryCache implements ResponseCache {
  readonly entries = new Map<string, { headers: Headers; body: ArrayBuffer }>();
  limit = Number.POSITIVE_INFINITY;

  async match(url: string): Promise<Response | undefined> {
    const entry = this.entries.get(url);
    return entry && new Response(entry.body, { headers: entry.headers });
  }

  async put(url: string, response: Response): Promise<void> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > this.limit) throw new DOMException('Quota exceeded.', 'QuotaExceededError');
      pieces.push(piece as Uint8Array<ArrayBuffer>);
    }
    this.entries.set(url, { headers: response.headers, body: await new Blob(pieces).arrayBuffer() });
  }
}
