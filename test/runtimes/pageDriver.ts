// What the tests of examples/web do with the page: press, wait and look.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Page } from './browsers.ts';

const TIMEOUT = 30_000; // ms

/** What the page's own script leaves no trace of. */
const WATCH = `
  globalThis.violations = [];
  globalThis.longTasks = [];
  addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
`;

interface Download {
  path(): Promise<string>;
}

/** Of playwright's page, what is used here. */
export interface DrivenPage extends Page {
  click(selector: string): Promise<void>;
  hover(selector: string): Promise<void>;
  focus(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  selectOption(selector: string, value: string): Promise<unknown>;
  setInputFiles(selector: string, path: string): Promise<void>;
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  emulateMedia(options: { colorScheme: 'light' | 'dark'; reducedMotion?: 'reduce' }): Promise<void>;
  waitForEvent(name: 'download'): Promise<Download>;
  workers(): readonly unknown[];
  addInitScript(script: string): Promise<void>;
  route(url: string, handler: (route: { continue(): Promise<void> }) => void): Promise<void>;
  unroute(url: string): Promise<void>;
  readonly keyboard: { press(key: string): Promise<void> };
}

export function demand(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** By looking, since the policy of the page forbids what drivers wait with. */
export async function until<T>(what: string, look: () => Promise<T | null | false>): Promise<T> {
  const end = performance.now() + TIMEOUT;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** One panel of the page. */
export class PanelDriver {
  readonly #page: DrivenPage;
  readonly root: string;

  constructor(page: DrivenPage, id: string) {
    this.#page = page;
    this.root = `#panel-${id}`;
  }

  /** The text of the parts that are visible. */
  text(selector = '.stage'): Promise<string> {
    return this.#page.evaluate(`document.querySelector('${this.root} ${selector}').innerText`);
  }

  click(selector: string): Promise<void> {
    return this.#page.click(`${this.root} >> ${selector}`);
  }

  /** Waits for a state with a text, and that no part of another state is shown. */
  async reached(state: string, text = ''): Promise<string> {
    const now = () =>
      this.#page.evaluate<{ state: string; parts: string; text: string }>(`(() => {
        const stage = document.querySelector('${this.root} .stage');
        const parts = [...stage.children].filter((e) => e.checkVisibility()).map((e) => e.dataset.part).join();
        return { state: stage.dataset.state, parts, text: stage.innerText };
      })()`);
    const seen = async () => {
      const found = await now();
      demand(found.parts === found.state, `${this.root} is ${found.state} and shows ${found.parts}`);
      return found.state === state && found.text.includes(text) ? found.text : null;
    };
    return until(`${this.root} is ${state} with "${text}"`, seen).catch(async (error) => {
      const found = await now();
      throw new Error(`${error.message}; it is ${found.state}: ${found.text}`);
    });
  }

  /** Tells whether two drawings differ. */
  drawing(selector = '.picture'): Promise<string> {
    return this.#page.evaluate(`document.querySelector('${this.root} ${selector}').toDataURL()`);
  }
}

/** Shows a panel. */
export async function showPanel(page: DrivenPage, id: string): Promise<PanelDriver> {
  await page.click(`#tab-${id}`);
  return new PanelDriver(page, id);
}

/** Gives a picture to the page as the clipboard or a drag would. */
export function giveBy(page: DrivenPage, event: 'paste' | 'drop', path: string, type = 'image/png'): Promise<unknown> {
  const base64 = (path.startsWith('<') ? Buffer.from(path) : readFileSync(path)).toString('base64');
  return page.evaluate(`(() => {
    const bytes = Uint8Array.from(atob('${base64}'), (c) => c.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], 'given', { type: '${type}' }));
    const made = ${
      event === 'paste'
        ? `new ClipboardEvent('paste', { clipboardData: data, bubbles: true })`
        : `new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })`
    };
    document.body.dispatchEvent(made);
  })()`);
}

/** Opens the page, watched. */
export async function openExample(page: Page, url: string): Promise<DrivenPage> {
  const driven = page as DrivenPage;
  driven.setDefaultTimeout(TIMEOUT);
  await driven.addInitScript(WATCH);
  await driven.goto(url);
  return driven;
}

/** The example's own server, in a process of its own. */
export async function startExample(isolated: boolean): Promise<{ url: string; child: ChildProcess }> {
  const args = ['examples/web/serve.mjs', '--port', '0', ...(isolated ? [] : ['--no-isolation'])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { url: String(line).trim(), child };
}
