import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { present, sendContent } from './content.ts';
import { COMMIT, FILES, REPOSITORY, type ServedFile } from './repository.ts';
import type { Script, Seen, Step } from './script.ts';

/** A hub and its CDN on two loopback ports; every run of a scenario has a path prefix and a memory of its own. */
export interface HubServer {
  /** Origins without prefix. */
  readonly hub: string;
  readonly cdn: string;
  close(): Promise<void>;
}

interface Run {
  readonly script: Script;
  readonly seen: Seen[];
}

/** Starts both servers. A path is `/<scenario>/<run>/…`; `/log/<scenario>/<run>` tells what that run saw. */
export async function startHubServer(scripts: ReadonlyMap<string, Script>): Promise<HubServer> {
  const runs = new Map<string, Run>();
  const runOf = (prefix: string): Run => {
    const script = scripts.get(prefix.split('/')[0]) ?? {};
    if (!runs.has(prefix)) runs.set(prefix, { script, seen: [] });
    return runs.get(prefix)!;
  };
  const origins = { hub: '', cdn: '' };
  const listen = async (name: 'hub' | 'cdn'): Promise<Server> => {
    const server = createServer((request, response) => {
      const [, first, second, ...rest] = (request.url ?? '/').split('/');
      if (first === 'log') return response.end(JSON.stringify(runOf(`${second}/${rest[0]}`).seen));
      const prefix = `${first}/${second}`;
      const home = { hub: `${origins.hub}/${prefix}`, cdn: `${origins.cdn}/${prefix}` };
      return void answer({ request, response, run: runOf(prefix), path: rest.join('/'), cdn: name === 'cdn', home });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origins[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return server;
  };
  const servers = [await listen('hub'), await listen('cdn')];
  const close = async (): Promise<void> => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  };
  return { ...origins, close };
}

/** One request with all that is needed to answer it. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly run: Run;
  readonly path: string;
  readonly cdn: boolean;
  readonly home: { readonly hub: string; readonly cdn: string };
}

async function answer(exchange: Exchange): Promise<void> {
  const { request, run, path, cdn } = exchange;
  const api = path.startsWith('api/models/');
  const kind = cdn ? 'cdn' : api ? 'api' : request.method === 'HEAD' ? 'head' : 'get';
  const nth = run.seen.filter((seen) => seen.kind === kind).length;
  run.seen.push(seenAs(kind, request, path));
  const step = stepAt(run.script[kind] ?? [], nth);
  if (step.silent) return;
  if (step.refuse) return void request.socket.destroy();
  if (step.redirect) return redirect(exchange, step);
  if (step.status && step.status >= 400) return refuse(exchange, step);
  if (api) return listing(exchange, step);
  await file(exchange, step);
}

function stepAt(steps: readonly Step[], nth: number): Step {
  const last = steps.at(-1);
  return steps[nth] ?? (last?.always ? last : {});
}

function seenAs(kind: Seen['kind'], { method = '', headers }: IncomingMessage, path: string): Seen {
  const ifRange = headers['if-range'];
  return {
    kind,
    method,
    path,
    range: headers.range ?? null,
    ifRange: typeof ifRange === 'string' ? ifRange : null,
    authorization: headers.authorization ?? null,
  };
}

function redirect({ response, home }: Exchange, step: Step): void {
  const location = step.redirect!.replace('{hub}', home.hub).replace('{cdn}', home.cdn);
  response.writeHead(step.status ?? 302, { location, ...present(step.headers) }).end();
}

function refuse({ response }: Exchange, step: Step): void {
  response.writeHead(step.status!, { ...present(step.headers) }).end(step.text ?? 'refused');
}

function listing({ response, run }: Exchange, step: Step): void {
  const files = Object.entries({ ...FILES, ...run.script.files });
  const siblings = files.map(([rfilename, { bytes, lfs, etag }]) => ({
    rfilename,
    size: bytes.length,
    blobId: lfs ? '1'.repeat(40) : etag,
    ...(lfs ? { lfs: { sha256: etag, size: bytes.length, pointerSize: 134 } } : {}),
  }));
  response.setHeader('content-type', 'application/json');
  response.writeHead(200, present(step.headers));
  response.end(step.text ?? JSON.stringify({ id: REPOSITORY, sha: run.script.commit ?? COMMIT, siblings }));
}

/** A file as the hub serves it: small ones at once, LFS files by a redirect to a signed address of the CDN. */
async function file(exchange: Exchange, step: Step): Promise<void> {
  const { request, response, run, path, cdn, home } = exchange;
  const name = cdn ? decodeURIComponent(path.replace(/\?.*$/, '')) : nameIn(path);
  const found: ServedFile | undefined = step.file ?? run.script.files?.[name] ?? FILES[name];
  const commit = { 'x-repo-commit': run.script.commit ?? COMMIT };
  if (!found) return void response.writeHead(404, { ...commit, 'x-error-code': 'EntryNotFound' }).end();
  if (cdn) return await sendContent(request, response, found, { etag: `"cdn-${found.etag.slice(0, 8)}"` }, step);
  if (!found.lfs || step.status === 200)
    return await sendContent(request, response, found, { ...commit, etag: `"${found.etag}"` }, step);
  const linked = { 'x-linked-etag': `"${found.etag}"`, 'x-linked-size': String(found.bytes.length) };
  const location = `${home.cdn}/${encodeURIComponent(name)}?Signature=secret`;
  response.writeHead(302, { ...present({ ...commit, ...linked, ...step.headers }), location }).end();
}

function nameIn(path: string): string {
  return decodeURIComponent(path.replace(/^.*?\/resolve\/[^/]+\//, ''));
}
