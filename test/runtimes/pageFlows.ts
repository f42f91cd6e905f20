// What people do with examples/web, panel by panel.
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { pipeline } from '../../src/pipelines/pipeline.ts';
import { type DrivenPage, demand, giveBy, PanelDriver, showPanel, until } from './pageDriver.ts';

type Flow = (page: DrivenPage) => Promise<void>;

const SCANS = 'fixtures/beit-digits/scans';
/** A nine, as a format that the library does not decode and the browser draws. */
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64"/><path fill="none"
  stroke="#fff" stroke-width="9" d="M42 22a11 11 0 1 0-2 9M43 20v20q0 16-18 14"/></svg>`;

const classify: Flow = async (page) => {
  const panel = await showPanel(page, 'classify');
  await panel.click('.sample');
  const text = await panel.reached('answer', 'Probably 5');
  demand(/\d ms · relaxed SIMD · \d thread/.test(text), `facts: ${text}`);
  const bars = await page.evaluate<number>(`document.querySelectorAll('#panel-classify [role=meter]').length`);
  demand(bars === 5, `${bars} bars`);
  await giveBy(page, 'paste', `${SCANS}/0012-2.png`);
  await panel.reached('answer', 'Probably 2');
  await giveBy(page, 'drop', `${SCANS}/0061-7.png`);
  await panel.reached('answer', 'Probably 7');
  await giveBy(page, 'drop', SVG, 'image/svg+xml');
  await panel.reached('answer', 'Probably 9');
};

/** A picture that comes late does not replace one that was given after it. */
const outrun: Flow = async (page) => {
  const panel = await showPanel(page, 'classify');
  const slow = new Promise<void>((resolve) => {
    page.route('**/0005-5.png', async (route) => {
      await new Promise((goOn) => setTimeout(goOn, 300));
      await route.continue();
      setTimeout(resolve, 300);
    });
  });
  await panel.click('.sample');
  await giveBy(page, 'paste', `${SCANS}/0012-2.png`);
  await panel.reached('answer', 'Probably 2');
  await slow;
  await panel.reached('answer', 'Probably 2');
  const shown = await page.evaluate<string>(`document.querySelector('#panel-classify .view [role=img]').ariaLabel`);
  demand(shown === 'given', `shows ${shown}`);
  await page.unroute('**/0005-5.png');
};

const fails: Flow = async (page) => {
  const panel = await showPanel(page, 'classify');
  await page.setInputFiles('#panel-classify input[type=file]', 'package.json');
  const text = await panel.reached('error', 'Cannot decode the picture');
  demand(!text.includes('Probably'), `an old answer is left: ${text}`);
  await panel.click('.sample');
  await panel.reached('answer', 'Probably 5');
};

/** A server that does not answer: the bar shows no percentage, and the wait can be ended. */
const cancels: Flow = async (page) => {
  const panel = await showPanel(page, 'classify');
  await page.route('https://huggingface.co/**', () => {});
  await page.selectOption('#panel-classify select', 'other');
  await page.fill('#panel-classify input[type=text]', 'nobody/nothing');
  await page.keyboard.press('Enter');
  await panel.reached('loading', 'Waiting for the server of nobody/nothing');
  const value = await page.evaluate<string | null>(
    `document.querySelector('#panel-classify progress').getAttribute('value')`,
  );
  demand(value === null, `the bar stands at ${value} while nothing comes`);
  await page.setInputFiles('#panel-classify input[type=file]', 'package.json');
  await panel.reached('error', 'Cannot decode the picture');
  await new Promise((resolve) => setTimeout(resolve, 200)); // what was loading ends
  await panel.reached('error', 'Cannot decode the picture');
  await panel.click('.sample');
  await panel.reached('loading');
  await panel.click('.cancel');
  await panel.reached('empty');
  const status = await page.evaluate<string>(`document.querySelector('#status').textContent`);
  demand(status === 'Canceled.', `said "${status}"`);
  await page.selectOption('#panel-classify select', '0');
  await panel.reached('answer'); // of the same picture by another model
  await panel.click('.sample');
  await panel.reached('answer', 'Probably 5');
};

const onGpu: Flow = async (page) => {
  const panel = await showPanel(page, 'classify');
  await panel.click('.check');
  await panel.reached('answer', 'WebGPU');
  await panel.reached('answer', 'Probably 5');
  await panel.click('.check');
  await panel.reached('answer', 'SIMD');
};

const camera: Flow = async (page) => {
  const panel = await showPanel(page, 'classify');
  await panel.click('.source .row button');
  await until('the camera is shown', () =>
    page.evaluate(`!!document.querySelector('#panel-classify video')?.videoWidth`),
  );
  const first = await panel.reached('answer');
  await until('another frame is answered', async () => (await panel.text()) !== first);
  await panel.click('.source .row button');
  await until('the camera is off', () => page.evaluate(`!document.querySelector('#panel-classify video')`));
};

const attend: Flow = async (page) => {
  const panel = await showPanel(page, 'attend');
  await panel.click('.sample');
  await panel.reached('answer', 'all, followed through');
  const seen = [await panel.drawing()];
  for (const label of ['Layer', 'Head', 'Opacity']) {
    await page.focus(`#panel-attend input[aria-label=${label}]`);
    await page.keyboard.press('ArrowRight');
    const drawing = await panel.drawing();
    demand(!seen.includes(drawing), `${label} changes nothing`);
    seen.push(drawing);
  }
  await panel.reached('answer', 'head 1');
};

const segment: Flow = async (page) => {
  const panel = await showPanel(page, 'segment');
  await panel.click('.sample');
  await panel.reached('answer', 'paper');
  const [name, legend] = await page.evaluate<[string, string]>(
    `[document.querySelector('#panel-segment .sample img').alt, document.querySelector('#panel-segment .legend').innerText]`,
  );
  for (const digit of name.match(/\d/g)!) demand(legend.includes(`digit ${digit}`), `${name}, but found ${legend}`);
  const all = await panel.drawing();
  await page.hover('#panel-segment .legend li:nth-child(2) button');
  demand((await panel.drawing()) !== all, 'the legend lights nothing up');
  await page.hover('h1');
  demand((await panel.drawing()) === all, 'the highlight stays');
};

const fill: Flow = async (page) => {
  const panel = await showPanel(page, 'fill');
  await panel.click('.sample');
  await panel.reached('answer', 'What it makes of it');
  const filled = 'figure:last-child .picture';
  const first = await panel.drawing(filled);
  await panel.click('text=Another mask');
  await until('another mask is filled', async () => (await panel.drawing(filled)) !== first);
  await panel.reached('answer');
  const before = await panel.drawing('.maskable');
  await page.focus('#panel-fill .maskable');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await until('a key hides or shows a patch', async () => (await panel.drawing('.maskable')) !== before);
};

const search: Flow = async (page) => {
  const panel = await showPanel(page, 'search');
  await panel.reached('empty', 'Add some pictures');
  await panel.click('text=Add our scans');
  await panel.reached('answer', 'Most like');
  const digits = () =>
    page.evaluate<string>(
      `[...document.querySelectorAll('.results button')].map((e) => e.title.match(/a (\\d)/)[1]).join('')`,
    );
  demand((await digits()).startsWith('0000'), `alike to a 0: ${await digits()}`);
  await page.setInputFiles('#panel-search input[type=file]', 'package.json');
  await panel.reached('answer', 'Left out “package.json”: Cannot decode the picture');
  await panel.click('.results li:last-child button');
  const last = await digits();
  demand(/^(\d)\1\1\1/.test(last) && !last.startsWith('0'), `alike to another: ${last}`);
};

const teach: Flow = async (page) => {
  const panel = await showPanel(page, 'teach');
  demand((await panel.text('.teaching')).includes('has no pictures yet'), 'says nothing of what is missing');
  await panel.click('text=Fill in an example');
  await until('Train can be pressed', () => page.evaluate(`!document.querySelector('#panel-teach .primary').disabled`));
  await panel.click('.primary');
  await panel.reached('answer', 'Trained in');
  await panel.click('.try li:nth-child(1) button');
  await panel.reached('answer', 'Probably three');
  await panel.click('.try li:nth-child(4) button');
  await panel.reached('answer', 'Probably eight');
  const [download] = await Promise.all([page.waitForEvent('download'), panel.click('text=Download the model')]);
  using taught = await pipeline('image-classification', unzipSync(readFileSync(await download.path())));
  const [[three], [eight]] = await taught([`${SCANS}/0013-3.png`, `${SCANS}/0018-8.png`]);
  demand(three.label === 'three' && eight.label === 'eight', `the file says ${three.label} and ${eight.label}`);
};

/** The same at the width of a phone and without a pointer: from the tab to the file of the model. */
const teachByKeys: Flow = async (page) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const panel = new PanelDriver(page, 'teach');
  await page.evaluate(`document.querySelector('[role=tab][aria-selected=true]').focus()`);
  for (let i = 0; i < 6; i++) {
    if ((await page.evaluate<string>('document.activeElement.id')) === 'tab-teach') break;
    await page.keyboard.press('ArrowRight');
  }
  const press = async (name: RegExp, by: 'Tab' | 'Shift+Tab' = 'Tab') => {
    const seen: string[] = [];
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press(by);
      const focused = await page.evaluate<string>(
        `(({ textContent, title }) => title || textContent)(document.activeElement).trim()`,
      );
      seen.push(focused.slice(0, 30));
      if (!name.test(focused)) continue;
      const [left, right] = await page.evaluate<[number, number]>(
        `(({ left, right }) => [left, right])(document.activeElement.getBoundingClientRect())`,
      );
      demand(left >= 0 && right <= 390, `"${focused}" is from ${left} to ${right} on a phone`);
      await page.keyboard.press('Enter');
      return;
    }
    throw new Error(`no key leads to ${name}, but to ${seen.join(' | ')}`);
  };
  await press(/^Fill in an example$/);
  await until('Train can be pressed', () => page.evaluate(`!document.querySelector('#panel-teach .primary').disabled`));
  await press(/^Train$/);
  await panel.reached('answer', 'Trained in');
  const [download] = await Promise.all([page.waitForEvent('download'), press(/^Download the model$/)]);
  const names = Object.keys(unzipSync(readFileSync(await download.path()))).sort();
  demand(names.join() === 'config.json,model.safetensors,preprocessor_config.json', `the file has ${names}`);
  await page.keyboard.press('Tab');
  for (let i = 0; i < 20 && !(await page.evaluate<boolean>(`!!document.activeElement.closest('.try li')`)); i++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await panel.reached('answer', 'Probably');
  await page.setViewportSize({ width: 1280, height: 900 });
};

/** Without a pointer, from the top of a page that was just opened to an answer and to the next panel. */
const keyboard: Flow = async (page) => {
  const panel = new PanelDriver(page, 'classify');
  await until('the page is there', () => page.evaluate(`!!document.querySelector('.sample')`));
  await panel.reached('empty', 'Pick a picture');
  const order: string[] = [];
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('Tab');
    order.push(
      await page.evaluate<string>(`(({ id, localName, type }) => id || type || localName)(document.activeElement)`),
    );
  }
  demand(order.join() === 'tab-classify,select-one,checkbox,file,button,button', `order of focus: ${order}`);
  await page.keyboard.press('Enter');
  await panel.reached('answer', 'Probably 5');
  await page.focus('#tab-classify');
  await page.keyboard.press('ArrowRight');
  const focused = await page.evaluate<string>('document.activeElement.id');
  demand(focused === 'tab-attend', `the arrow went to ${focused}`);
};

export const FLOWS: Readonly<Record<string, Flow>> = {
  keyboard,
  classify,
  outrun,
  fails,
  cancels,
  onGpu,
  camera,
  attend,
  segment,
  fill,
  search,
  teach,
  teachByKeys,
};
