import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a server has logged up to the line that says it is ready, together: such as the `url` where it listens. */
export async function readyServer({ stdout }: ChildProcess): Promise<Readonly<Record<string, string>>> {
  let told: Record<string, string> = {};
  for await (const line of createInterface({ input: stdout! })) {
    const entry = JSON.parse(line);
    told = { ...entry, ...told };
    if (entry.event === 'ready') break;
  }
  stdout!.resume();
  return told;
}
