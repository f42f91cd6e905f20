import { mkdirSync, writeFileSync } from 'node:fs';
import { type DrivenPage, showPanel } from './pageDriver.ts';

const FOLDER = 'docs/page';

/** Name → how to get there, with the size and the scheme. */
const SHOTS: readonly { name: string; panel: string; press: readonly string[]; phone?: true; dark?: true }[] = [
  { name: 'classify', panel: 'classify', press: ['.sample'] },
  { name: 'attention-dark', panel: 'attend', press: ['.sample'], dark: true },
  { name: 'segment', panel: 'segment', press: ['.sample'] },
  { name: 'fill-dark-phone', panel: 'fill', press: ['.sample'], dark: true, phone: true },
  { name: 'search-phone', panel: 'search', press: ['text=Add our scans'], phone: true },
  { name: 'teach', panel: 'teach', press: ['text=Fill in an example', '.primary:enabled', '.try .sample'] },
];

/** Writes WebP into docs/page; resolves to a line that says what. */
export async function takeScreenshots(page: DrivenPage): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  const sizes: string[] = [];
  for (const { name, panel, press, phone, dark } of SHOTS) {
    await page.setViewportSize(phone ? { width: 390, height: 844 } : { width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    const driver = await showPanel(page, panel);
    for (const selector of press) await driver.click(selector);
    await driver.reached('answer');
    await new Promise((resolve) => setTimeout(resolve, 800)); // the last answer, and scrolling
    if (!phone) await page.evaluate('scrollTo(0, 0)'); // on a phone the answer was scrolled to
    const webp = await page.screenshot({ path: `build/${name}.png` }).then((png) => toWebp(page, png as Buffer));
    writeFileSync(`${FOLDER}/${name}.webp`, webp);
    sizes.push(`${name} ${(webp.length / 1000).toFixed(0)} kB`);
  }
  return sizes.join(', ');
}

/** By the browser, which has an encoder. */
async function toWebp(page: DrivenPage, png: Buffer): Promise<Buffer> {
  const base64 = await page.evaluate<string>(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const webp = await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 });
    return btoa(String.fromCharCode(...new Uint8Array(await webp.arrayBuffer())));
  })()`);
  return Buffer.from(base64, 'base64');
}
