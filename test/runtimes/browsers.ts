import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstOf, importInstalled } from './tools.ts';

/** What both drivers call alike. */
export interface Page {
  goto(url: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  screenshot(options: { path: string }): Promise<unknown>;
  setDefaultTimeout(ms: number): void;
  close(): Promise<void>;
  [method: string]: any;
}

export interface Browser {
  readonly name: string;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/** A browser on this machine, with a way to start it. */
export interface FoundBrowser {
  readonly name: string;
  launch(): Promise<Browser>;
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
];

/** Chromium by playwright-core; null when either is absent. */
export async function findChromium(): Promise<FoundBrowser | null> {
  const playwright = await importInstalled('playwright-core');
  const path = firstOf(
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  );
  if (!playwright || !path) return null;
  const launch = () =>
    playwright.chromium.launch({ executablePath: path, headless: true, args: QUIET, timeout: TIMEOUT });
  return { name: 'Chromium', launch };
}

/** Firefox by WebDriver BiDi: Debian's knows nothing of the protocol that playwright speaks to its own build. */
export async function findFirefox(): Promise<FoundBrowser | null> {
  const puppeteer = await importInstalled('puppeteer-core');
  const path = firstOf(process.env.FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox');
  if (!puppeteer || !path) return null;
  const launch = () =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: path,
      headless: true,
      userDataDir: mkdtempSync(join(tmpdir(), 'beit-firefox-')),
      timeout: TIMEOUT,
      protocolTimeout: TIMEOUT,
    });
  return { name: 'Firefox', launch };
}
