// node scripts/run.mjs test/runtimes/examplePage.ts [part of a name]: examples/web in Chromium, as people use it, with and
// without cross-origin isolation; with --screenshots writes pictures of it into docs/page instead.
import { findChromium } from './browsers.ts';
import { type DrivenPage, demand, openExample, startExample } from './pageDriver.ts';
import { FLOWS } from './pageFlows.ts';
import { takeScreenshots } from './pageShots.ts';

const SMALLEST = 4.5; // contrast of text, WCAG 2.2 AA

/** The texts of too little contrast with what is behind them. */
const FAINT = `(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const seen = [...document.querySelectorAll('body *')].filter((e) =>
    e.checkVisibility() && !e.closest('.unseen, :disabled, .off') && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  return seen.flatMap((element) => {
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < ${SMALLEST} ? [element.textContent.slice(0, 30) + ' ' + contrast.toFixed(2)] : [];
  });
})()`;

/** Contrast in both schemes, and nothing wider than a phone, on every panel as the flows have left it. */
async function looksRight(page: DrivenPage): Promise<void> {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' }); // colors between two are nobody's choice
  for (const id of ['classify', 'attend', 'segment', 'fill', 'search', 'teach']) {
    await page.click(`#tab-${id}`);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    demand(width <= 390, `${id} is ${width} pixels wide on a phone`);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const faint = await page.evaluate<string[]>(FAINT);
      demand(faint.length === 0, `${id}, ${colorScheme}: too faint: ${faint}`);
    }
  }
}

async function use(page: DrivenPage, isolated: boolean, only: string | undefined): Promise<string> {
  const names = Object.keys(FLOWS).filter((name) => (isolated ? !only || name.includes(only) : name === 'classify'));
  const times: string[] = [];
  for (const name of names) {
    const began = performance.now();
    await FLOWS[name](page).catch((error) => {
      throw new Error(`${name}: ${error.message}`);
    });
    times.push(`${name} ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  if (isolated && !only) await looksRight(page);
  const facts = await page.evaluate<string>(`document.querySelector('#panel-classify .facts').textContent`);
  demand(only || isolated === /[2-9] threads/.test(facts), `threads: ${facts}`);
  const [violations, longTasks] = await page.evaluate<[string[], number[]]>('[violations, longTasks]');
  demand(violations.length === 0, `violations of the policy: ${violations}`);
  demand(page.workers().length > 0, 'the model lives in no worker');
  return `${times.join(', ')} · ${facts} · long tasks of the page: ${longTasks.join(', ') || 'none'} ms`;
}

const chromium = await findChromium();
if (!chromium) {
  console.log('skip: no Chromium, or no driver');
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
const [argument] = process.argv.slice(2);
for (const isolated of argument ? [true] : [true, false]) {
  const server = await startExample(isolated);
  const browser = await chromium.launch();
  try {
    const page = await openExample(await browser.newPage(), server.url);
    const told = argument === '--screenshots' ? await takeScreenshots(page) : await use(page, isolated, argument);
    console.log(`ok   ${isolated ? 'isolated' : 'not isolated'}: ${told}`);
  } catch (error) {
    console.log(`FAIL ${isolated ? 'isolated' : 'not isolated'}: ${(error as Error).message}`);
    process.exitCode = 1;
  } finally {
    await browser.close();
    server.child.kill();
  }
}
