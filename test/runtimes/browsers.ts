import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstOf, importInstalled } from './tools.ts';

/** What both drivers call alike. */
export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  setDefaultTimeout(ms: number): void;
  on(event: string, listener: (event: never) => void): unknown;
  screenshot(options: { path: string }): Promise<unknown>;
  close(): Promise<void>;
}

export interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface Launcher {
  launch(options: object): Promise<Browser>;
}

/** A browser on this machine, with a way to start it. */
export interface FoundBrowser {
  readonly name: string;
  launch(): Promise<Browser>;
  /** Opens a page that reports by itself; resolves to what closes it. */
  visit(url: string): Promise<() => Promise<void>>;
}

const TIMEOUT = 300_000; // ms; the machine may be busy
/** A browser that talks to nobody but the test. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // WebGPU by the software that comes with it
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // a camera that shows a test pattern, and nobody to ask
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** Chromium by playwright-core; null when either is absent. */
export async function findChromium(): Promise<FoundBrowser | null> {
  const playwright = await importInstalled<{ chromium: Launcher }>('playwright-core');
  const path = firstOf(
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  );
  if (!playwright || !path) return null;
  const launch = () =>
    playwright.chromium.launch({ executablePath: path, headless: true, args: QUIET, timeout: TIMEOUT });
  const visit = async (url: string) => {
    const browser = await launch();
    await (await browser.newPage()).goto(url);
    return () => browser.close();
  };
  return { name: 'Chromium', launch, visit };
}

/** Firefox by WebDriver BiDi: Debian's knows nothing of the protocol that playwright speaks to its own build. */
export async function findFirefox(): Promise<FoundBrowser | null> {
  const puppeteer = await importInstalled<Launcher>('puppeteer-core');
  const path = firstOf(process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox');
  if (!puppeteer || !path) return null;
  const launch = () =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: path,
      headless: true,
      userDataDir: newProfile(),
      timeout: TIMEOUT,
      protocolTimeout: TIMEOUT,
    });
  // no driver: under BiDi, Firefox 153 stalls when a worker starts several workers that block at once
  const visit = async (url: string) => {
    const child = spawn(path, ['--headless', '--no-remote', '--profile', newProfile(), url], { stdio: 'ignore' });
    return async () => void child.kill('SIGKILL');
  };
  return { name: 'Firefox', launch, visit };
}

/** Runs `action` in one browser after the other; one that is absent is named as skipped. */
export async function inEachBrowser(action: (found: FoundBrowser) => Promise<void>): Promise<void> {
  for (const [name, found] of [
    ['Chromium', await findChromium()],
    ['Firefox', await findFirefox()],
  ] as const) {
    if (found) await action(found);
    else console.log(`skip: ${name} is not installed`);
  }
}

function newProfile(): string {
  return mkdtempSync(join(tmpdir(), 'beit-firefox-'));
}
