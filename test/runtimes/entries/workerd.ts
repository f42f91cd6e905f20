// A Worker: weights stream from the assets binding, the WASM is a module of the Worker.
import * as beit from 'beit-wasm';
import { SOME_NUMBERS } from '../numbersOfThreads.ts';
import { smoke } from '../smoke.ts';

interface Environment {
  readonly ASSETS: { fetch(url: string, init?: RequestInit): Promise<Response> };
}

export default {
  async fetch(_request: Request, { ASSETS }: Environment): Promise<Response> {
    const send = (url: string | URL, init?: RequestInit) => ASSETS.fetch(String(url), init);
    const report = await smoke({
      beit,
      threads: SOME_NUMBERS,
      source: (name) => beit.urlFiles(`http://assets/${name}`, { fetch: send as typeof fetch }),
      read: async (name) => new Uint8Array(await (await ASSETS.fetch(`http://assets/${name}`)).arrayBuffer()),
    });
    return Response.json(report);
  },
};
