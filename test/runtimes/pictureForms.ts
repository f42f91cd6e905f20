// node scripts/run.mjs test/runtimes/pictureForms.ts: pictures in every form that a page may have them in, through the image
// processor and through a model in a worker and on the page, in Chromium and Firefox. Build first.
import * as assert from 'uvu/assert';
import { type FoundBrowser, inEachBrowser } from './browsers.ts';
import { ISOLATION } from './fileServer.ts';
import { inPage } from './inPage.ts';
import { Tally } from './tally.ts';

const PAGE = 'test/runtimes/hosted/inputs.html';
/** Of pixel values −1…1. What a video keeps is YUV of 8 bits, and half of the chroma. */
const MOST: Readonly<Record<string, number>> = { video: 0.12, VideoFrame: 0.03 };
/** What is decoded here has the very pixels. */
const DRAWN = ['img that is loading', 'img', 'canvas', 'CanvasRenderingContext2D', 'OffscreenCanvas', 'ImageBitmap'];

interface Found {
  readonly distance: number;
  readonly labels: readonly string[];
}

const WRONG: Readonly<Record<string, RegExp>> = {
  closed: /^InvalidImage: /,
  'video without a frame': /^InvalidImage: .*HTMLVideoElement.*\(wait for its event "loadeddata"\)/,
  'img that is broken': /^InvalidImage: Cannot load the <img> of ".*no\/such\.png"/,
  'empty canvas': /^InvalidImage: .*HTMLCanvasElement.*\(is it empty/,
  large: /^ImageTooLarge: .*400 pixels, the limit is 399/,
  'file input': /^InvalidArgument: .*\(pass its files\)/,
  html: /^UnsupportedFormat: .*got HTML/,
};

const tally = new Tally();

async function inBrowser({ name, launch }: FoundBrowser): Promise<void> {
  const browser = await launch();
  await tally.step(`${name}, pictures in every form`, async () => {
    const { found, label, twice } = await inPage(browser, ISOLATION, PAGE, 'runForms()');
    for (const [form, { distance, labels }] of Object.entries<Found>(found)) {
      // these two name the scan itself, the others have it enlarged
      const isScan = form === 'relative URL' || form === 'URL';
      const most = MOST[form] ?? (DRAWN.includes(form) ? 0.01 : 0);
      assert.ok(isScan || distance <= most, `${form} is ${distance} away`);
      assert.equal(labels, isScan ? ['5', '5'] : [label, label], form);
    }
    assert.equal(twice, [], 'no picture is asked for as a folder');
    assert.ok(Object.keys(found).length >= 19);
    return `${Object.keys(found).length} forms, the video ${found.video.distance.toFixed(3)} away`;
  });
  await tally.step(`${name}, pictures that are none`, async () => {
    const { open, ...found } = await inPage(browser, ISOLATION, PAGE, 'runWrongForms()');
    for (const [form, message] of Object.entries(WRONG)) assert.match(found[form], message, form);
    assert.is(open, 20, "the caller's own bitmap stays open");
    return Object.values<string>(found)
      .map((told) => told.split(':')[0])
      .join(', ');
  });
  await browser.close();
}

await inEachBrowser(inBrowser);
tally.end();
