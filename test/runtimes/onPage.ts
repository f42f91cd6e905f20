import type { FoundBrowser } from './browsers.ts';
import { serveFiles } from './fileServer.ts';
import { CSP } from './inPage.ts';

const TIMEOUT = 120_000; // ms; the machine may be busy

/** What one of the functions of hosted/page.mjs gives, called by the address of the page and so without a driver. */
export async function onPage(
  found: FoundBrowser,
  headers: Record<string, string>,
  call: readonly [name: string, ...args: unknown[]],
  // biome-ignore lint/suspicious/noExplicitAny: what the page's functions give
): Promise<any> {
  const server = await serveFiles('.', { ...headers, 'content-security-policy': CSP });
  const close = await found.visit(
    `${server.url}test/runtimes/hosted/page.html?${encodeURIComponent(JSON.stringify(call))}`,
  );
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the page said nothing for ${TIMEOUT} ms`)), TIMEOUT);
  });
  try {
    const { error, value } = JSON.parse(await Promise.race([server.posted, late]));
    if (error) throw new Error(error);
    return value;
  } finally {
    clearTimeout(timer!);
    await close();
    server.close();
  }
}
