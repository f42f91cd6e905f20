import { type Connection, type ConnectionOptions, connectionOf } from '../../../src/hub/http/connection.ts';
import type { RemoteFile } from '../../../src/hub/remoteFile.ts';
import { COMMIT, FILES } from '../../hubServer/repository.ts';
import type { Script, Seen } from '../../hubServer/script.ts';
import { startHubServer } from '../../hubServer/server.ts';

/** One run of a script: a connection whose back-off takes no time, and what the server saw of it. */
export interface Play {
  readonly connection: Connection;
  readonly cdn: string;
  seen(kind?: Seen['kind']): Promise<Seen[]>;
}

/** The hub's test server with these scripts, for one test file. */
export async function playedHub(scripts: Readonly<Record<string, Script>>) {
  const server = await startHubServer(new Map(Object.entries(scripts)));
  let run = 0;
  const play = (script: string, options: Omit<ConnectionOptions, 'endpoint'> = {}): Play => {
    const path = `${script}/${++run}`;
    const timing = { answer: 5000, idle: 5000, attempts: 3, sleep: async () => undefined, ...options.timing };
    const connection = connectionOf({ ...options, endpoint: `${server.hub}/${path}`, timing });
    const seen = async (kind?: Seen['kind']) => {
      const all = (await (await fetch(`${server.hub}/log/${path}`)).json()) as Seen[];
      return kind ? all.filter((one) => one.kind === kind) : all;
    };
    return { connection, seen, cdn: `${server.cdn}/${path}` };
  };
  return { play, close: () => server.close() };
}

/** What the hub says of one of its files. */
export function remoteFile(name: string): RemoteFile {
  const { etag, bytes } = FILES[name];
  return { name, commit: COMMIT, etag, size: bytes.length };
}
