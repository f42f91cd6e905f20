// node scripts/run.mjs test/runtimes/hostedModel.ts: a page whose model lives in a worker, in Chromium and Firefox: a picture
// of 12 megapixels in every form, with the turns of the page's event loop meanwhile; refusals, aborts, and the end of its worker. Build first.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { encode } from 'jpeg-js';
import * as assert from 'uvu/assert';
import { type FoundBrowser, inEachBrowser } from './browsers.ts';
import { ISOLATION } from './fileServer.ts';
import { inPage } from './inPage.ts';
import { Tally } from './tally.ts';

/** What the page may do while a worker is at work, as a multiple of what it may while it is at the same work itself. */
const FREER = 3;
/** Forms of a picture that are to be decoded. */
const ENCODED = ['url', 'blob', 'bytes'];
const PAGE = 'test/runtimes/hosted/page.html';
const FOLDER = 'build/hosted';
const JPEG = `${FOLDER}/4000x3000.jpg`;
const [WIDTH, HEIGHT] = [4000, 3000];

/** Smooth colors under a texture, so that it is as large as a photograph. */
function writeJpeg(): void {
  if (existsSync(JPEG)) return;
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    const texture = (Math.imul(i, 2654435761) >>> 26) - 32;
    data.set([x / 16 + texture, y / 12 + texture, ((x ^ y) & 255) / 2 + 64, 255], 4 * i);
  }
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(JPEG, encode({ data, width: WIDTH, height: HEIGHT }, 85).data);
}

const tally = new Tally();

interface Killed {
  readonly told: string;
  readonly ms: number;
  readonly again: number;
  readonly same: boolean;
}

interface Watched {
  readonly ms: number;
  readonly turns: number;
  readonly gap: number;
  readonly longTasks: readonly number[] | null;
}

function told({ ms, turns, gap, longTasks }: Watched): string {
  const long = longTasks ? longTasks.map((task) => task.toFixed(0)).join(', ') || 'none' : 'not observable';
  return `${ms.toFixed(0)} ms, ${turns} turns of its event loop, the longest ${gap.toFixed(0)} ms, long tasks: ${long}`;
}

async function inBrowser({ name, launch }: FoundBrowser): Promise<void> {
  const browser = await launch();
  for (const [kind, headers] of Object.entries({ isolated: ISOLATION, 'not isolated': {} })) {
    const { unchanged, size, ...forms } = await inPage(browser, headers, PAGE, `runPictures('/${JPEG}')`);
    for (const [form, found] of Object.entries<Watched & { onPage: Watched; sent: number; same: boolean }>(forms)) {
      await tally.step(`${name}, ${kind}, a 12-megapixel picture as ${form}`, async () => {
        assert.ok(found.same, 'another answer than on the main thread');
        assert.ok(unchanged, 'something of the caller was taken');
        // whoever sends the file has not decoded it
        if (ENCODED.includes(form)) assert.ok(found.sent >= 0 && found.sent <= size, `${found.sent} bytes were sent`);
        // an encoded picture yields to the event loop while it is decoded, on the main thread too
        const freer = ENCODED.includes(form) ? 1 : FREER;
        assert.ok(found.turns > freer * found.onPage.turns, `${found.turns} turns against ${found.onPage.turns}`);
        return `${told(found)}; on the main thread ${told(found.onPage)}`;
      });
    }
  }
  await tally.step(`${name}, segments of 12 megapixels`, async () => {
    const found = await inPage(browser, ISOLATION, PAGE, `runSegments('/${JPEG}')`);
    assert.equal([found.size, found.pixels], [[WIDTH, HEIGHT], WIDTH * HEIGHT]);
    assert.is(found.sent, found.file);
    return `${found.segments} segments, ${told(found)}`;
  });
  await tally.step(`${name}, refusals and an abort`, async () => {
    const found = await inPage(browser, ISOLATION, PAGE, `runRefusals('/${JPEG}')`);
    assert.equal(found, { cut: 'InvalidImage', text: 'InvalidImage', aborted: 'Aborted', label: '5' });
    return Object.values(found).join(', ');
  });
  await tally.step(`${name}, the worker of the model is ended`, async () => {
    const rounds: readonly Killed[] = await inPage(browser, ISOLATION, PAGE, 'runKilledModel()');
    for (const { told, same } of rounds)
      assert.equal([told, same], ['WorkerFailed: The worker of the model failed: it was ended', true]);
    const times = rounds.map(({ ms, again }) => `${ms.toFixed(0)} ms (the next answer ${again.toFixed(0)} ms later)`);
    return `rejected after ${times.join(', ')}`;
  });
  await browser.close();
}

writeJpeg();
await inEachBrowser(inBrowser);
tally.end();
