import type { Browser } from './browsers.ts';
import { serveFiles } from './fileServer.ts';

const TIMEOUT = 120_000; // ms; the machine may be busy
export const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' blob:; img-src 'self' blob:";

/** What `script` gives on a page of the repository, once the page has set `loaded`. */
export async function inPage(
  browser: Browser,
  headers: Record<string, string>,
  path: string,
  script: string,
  // biome-ignore lint/suspicious/noExplicitAny: what the page's functions give
): Promise<any> {
  const server = await serveFiles('.', { ...headers, 'content-security-policy': CSP });
  const page = await browser.newPage();
  try {
    page.setDefaultTimeout(TIMEOUT);
    await page.goto(server.url + path);
    await page.evaluate(
      'new Promise((resolve) => { const look = () => globalThis.loaded ? resolve(1) : setTimeout(look, 20); look(); })',
    );
    return await page.evaluate(script);
  } finally {
    await page.close();
    server.close();
  }
}
