// node scripts/run.mjs test/runtimes/examplePage.ts: examples/web in Chromium, with and without cross-origin isolation, as a
// person uses it: by keyboard and file, by paste, by drop. Screenshots go to build/screenshots.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { findChromium, type Page } from './browsers.ts';

const SCAN = 'fixtures/beit-digits/scans/0005-5.png';
const SHOTS = 'build/screenshots';
const TIMEOUT = 60_000; // ms

/** What the page's own script leaves no trace of. */
const WATCH = `
  globalThis.violations = [];
  globalThis.longTasks = [];
  addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
`;

interface DrivenPage extends Page {
  workers(): readonly unknown[];
  addInitScript(script: string): Promise<void>;
  getByLabel(label: string | RegExp): {
    setInputFiles(path: string): Promise<void>;
    uncheck(): Promise<void>;
    check(): Promise<void>;
  };
  getByRole(role: string, options?: object): { textContent(): Promise<string>; allTextContents(): Promise<string[]> };
  readonly keyboard: { press(key: string): Promise<void> };
}

/** Waits until the status line says it; by looking, since the policy of the page forbids what drivers wait with. */
async function saying(page: DrivenPage, text: string): Promise<void> {
  const end = performance.now() + TIMEOUT;
  for (;;) {
    const status = await page.getByRole('status').textContent();
    if (status.includes(text)) return;
    if (performance.now() > end) throw new Error(`the page never said "${text}" but "${status}"`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function demand(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** The names of what Tab reaches, in order. */
async function focusOrder(page: DrivenPage): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press('Tab');
    names.push(await page.evaluate<string>(`document.activeElement.id || document.activeElement.textContent`));
  }
  return names;
}

/** Gives the picture to the page as the clipboard or a drag would. */
function giveBy(page: DrivenPage, event: 'paste' | 'drop', path: string): Promise<unknown> {
  const base64 = readFileSync(path).toString('base64');
  return page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'scan.png', { type: 'image/png' }));
    const made = ${
      event === 'paste'
        ? `new ClipboardEvent('paste', { clipboardData: data, bubbles: true })`
        : `new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })`
    };
    document.body.dispatchEvent(made);
  })()`);
}

async function use(page: DrivenPage, isolated: boolean): Promise<string> {
  await saying(page, 'Ready');
  const order = await focusOrder(page);
  demand(order.join() === 'model,Load,gpu,file,camera', `order of focus: ${order}`);
  await page.getByLabel('Choose a file').setInputFiles(SCAN);
  await saying(page, 'It is probably: 5');
  const facts = await page.evaluate<string>(`document.querySelector('#facts').innerText`);
  demand(isolated === /Threads\s+[2-8]/.test(facts), `threads: ${facts}`);
  const bars = await page.evaluate<number>(`document.querySelectorAll('#labels meter[aria-label]').length`);
  demand(bars === 5, `${bars} bars`);
  await page.screenshot({ path: `${SHOTS}/${isolated ? 'isolated' : 'plain'}.png` });
  await giveBy(page, 'paste', 'fixtures/beit-digits/scans/0012-2.png');
  await saying(page, 'It is probably: 2');
  await giveBy(page, 'drop', 'fixtures/beit-digits/scans/0061-7.png');
  await saying(page, 'It is probably: 7');
  await page.getByLabel('Choose a file').setInputFiles('package.json');
  await saying(page, 'Cannot read the picture');
  await page.evaluate('longTasks.length = 0');
  await page.getByLabel('Choose a file').setInputFiles('fixtures/base224/picture.png');
  await saying(page, 'It is probably');
  await page.screenshot({ path: `${SHOTS}/${isolated ? 'isolated' : 'plain'}-picture.png` });
  await page.getByLabel('On the GPU').check();
  await saying(page, 'Ready');
  await page.getByLabel('Choose a file').setInputFiles(SCAN);
  await saying(page, 'It is probably: 5');
  const onGpu = await page.evaluate<string>(`document.querySelector('#facts').innerText`);
  demand(/Engine\s+WebGPU, ./.test(onGpu), `on the GPU: ${onGpu}`);
  const [violations, longTasks] = await page.evaluate<[string[], number[]]>('[violations, longTasks]');
  demand(violations.length === 0, `violations of the policy: ${violations}`);
  demand(page.workers().length > 0, 'the model lives in no worker');
  return `${facts.replaceAll('\n', ' · ')} · long tasks of the page: ${longTasks.join(', ') || 'none'} ms`;
}

/** The example's own server, in a process of its own. */
async function startServer(isolated: boolean): Promise<{ url: string; close: () => void }> {
  const args = ['examples/web/serve.mjs', '--port', '0', ...(isolated ? [] : ['--no-isolation'])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { url: String(line).trim(), close: () => void child.kill() };
}

const chromium = await findChromium();
if (!chromium) {
  console.log('skip: no Chromium, or no driver');
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
mkdirSync(SHOTS, { recursive: true });
for (const isolated of [true, false]) {
  const server = await startServer(isolated);
  const browser = await chromium.launch();
  try {
    const page = (await browser.newPage()) as DrivenPage;
    await page.addInitScript(WATCH);
    await page.goto(server.url);
    console.log(`ok   ${isolated ? 'isolated' : 'not isolated'}: ${await use(page, isolated)}`);
  } catch (error) {
    console.log(`FAIL ${isolated ? 'isolated' : 'not isolated'}: ${(error as Error).message}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
    server.close();
  }
}
