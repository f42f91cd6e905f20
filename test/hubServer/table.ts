import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeHubStore } from '../../src/platform/node/hubStore.ts';
import { browserCaches } from './browserCache.ts';
import { Client, type Scenario } from './scenario.ts';
import { caches } from './scenarios/caches.ts';
import { hostileNames } from './scenarios/hostileNames.ts';
import { redirects } from './scenarios/redirects.ts';
import { refusals } from './scenarios/refusals.ts';
import { transfers } from './scenarios/transfers.ts';
import type { Script } from './script.ts';

/** The whole table. */
export const SCENARIOS: readonly Scenario[] = [...transfers, ...refusals, ...redirects, ...caches, ...hostileNames];

/** What the server needs of it, by the name a path carries. */
export function scripts(): Map<string, Script> {
  return new Map([...SCENARIOS, ...browserCaches].map((scenario) => [slug(scenario.name), scenario]));
}

/** Runs one line of the table against a server at `origin`, in a cache folder of its own. */
export async function runScenario(scenario: Scenario, origin: string): Promise<void> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'beit-hub-'));
  try {
    const client = new Client(origin, `${slug(scenario.name)}/1`, cacheDir, nodeHubStore(cacheDir));
    await within(TIME_LIMIT, scenario.run(client));
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
}

/** A hang is a failure like any other. Unit: ms. */
const TIME_LIMIT = 20_000;

async function within(limit: number, running: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still running after ${limit} ms`)), limit);
  });
  await Promise.race([running, late]).finally(() => clearTimeout(timer));
}

function slug(name: string): string {
  return name.replace(/[^a-z0-9]+/gi, '-').toLowerCase();
}
