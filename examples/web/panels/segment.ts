// What each pixel shows, with a legend that lights up what it names.
import { ADE20K_PALETTE, type Tensor } from 'beit-wasm';
import { button, make, percent, slider } from '../parts/dom.ts';
import { picturePanel } from '../parts/picturePanel.ts';
import { enlargedCanvas, pixelsOf } from '../parts/pictures.ts';

type Rgb = readonly [number, number, number];
/** For models of few classes: apart from each other for most eyes (after Okabe and Ito), the first for the background. */
const FEW: readonly Rgb[] = [
  [150, 150, 150],
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 60, 60],
  [86, 180, 233],
  [140, 86, 200],
  [240, 228, 66],
  [213, 94, 0],
  [0, 190, 190],
  [204, 121, 167],
  [100, 70, 40],
];
const FADED = 0.12;
/** Of the picture with its colors; unit: pixels. */
const LEAST_SIDE = 512;

interface Seen {
  readonly pixels: ImageData;
  readonly map: Tensor<'int32'>;
  readonly palette: readonly Rgb[];
}

export function segmentPanel() {
  let seen: Seen | null = null;
  let lit: number | null = null;
  const canvas = make('canvas', { class: 'picture', role: 'img' });
  const legend = make('ul', { class: 'legend', 'aria-label': 'Legend' });
  const draw = () => seen && paint(canvas, seen, opacity.input.valueAsNumber / 100, lit);
  const opacity = slider('Opacity', { max: 100, value: 60, text: (value) => `${value} %` }, draw);
  /** A class, or null for all of them. */
  const light = (index: number | null) => {
    if (lit === index) return;
    lit = index;
    for (const entry of legend.querySelectorAll<HTMLElement>('button'))
      entry.classList.toggle('lit', Number(entry.dataset.index) === index);
    draw();
  };
  canvas.addEventListener('pointermove', (event) => seen && light(classAt(canvas, seen.map, event)));
  canvas.addEventListener('pointerleave', () => light(null));
  const element = make('div', {}, canvas, legend, make('div', { class: 'controls' }, opacity.element));

  return picturePanel('image-segmentation', () => ({
    element,
    look: async (pipe, { canvas: shown }, signal) => {
      const pixels = pixelsOf(enlargedCanvas(shown, LEAST_SIDE));
      const map = await pipe.segment(pixels, { signal });
      const names = pipe.model.config.id2label;
      seen = { pixels, map, palette: Object.keys(names).length <= FEW.length ? FEW : ADE20K_PALETTE };
      lit = null;
      const found = shares(map);
      legend.replaceChildren(...found.map(([index, share]) => entry(index, names[index], share, seen!.palette, light)));
      draw();
      const said = found.map(([index, share]) => `${names[index]} ${percent(share)}`).join(', ');
      canvas.setAttribute('aria-label', `The picture in colors: ${said}`);
      return `${found.length} classes: ${said}.`;
    },
  }));
}

/** A swatch with its name; hover, focus and touch light the class up. */
function entry(
  index: number,
  name: string,
  share: number,
  palette: readonly Rgb[],
  light: (index: number | null) => void,
) {
  const swatch = make('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = `rgb(${palette[index % palette.length].join(' ')})`;
  const item = button(swatch, () => light(index), { 'data-index': index });
  item.append(make('span', {}, name), make('span', { class: 'number' }, percent(share)));
  for (const event of ['pointerenter', 'focus']) item.addEventListener(event, () => light(index));
  for (const event of ['pointerleave', 'blur']) item.addEventListener(event, () => light(null));
  return make('li', {}, item);
}

/** [class, its part of the picture], the largest first. */
function shares({ data }: Tensor<'int32'>): [number, number][] {
  const counts = new Map<number, number>();
  for (const index of data) counts.set(index, (counts.get(index) ?? 0) + 1);
  return [...counts]
    .map(([index, count]): [number, number] => [index, count / data.length])
    .sort((a, b) => b[1] - a[1]);
}

function paint(canvas: HTMLCanvasElement, { pixels, map, palette }: Seen, opacity: number, lit: number | null): void {
  const { width, height, data } = pixels;
  const out = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const color = palette[map.data[i] % palette.length];
    const share = lit === null ? opacity : map.data[i] === lit ? Math.max(opacity, 0.8) : FADED;
    for (let c = 0; c < 3; c++) out.data[4 * i + c] = data[4 * i + c] * (1 - share) + color[c] * share;
    out.data[4 * i + 3] = 255;
  }
  Object.assign(canvas, { width, height });
  canvas.getContext('2d')!.putImageData(out, 0, 0);
}

function classAt(canvas: HTMLCanvasElement, map: Tensor<'int32'>, { offsetX, offsetY }: PointerEvent): number {
  const [height, width] = map.dims;
  const x = Math.min(width - 1, Math.floor((offsetX / canvas.clientWidth) * width));
  const y = Math.min(height - 1, Math.floor((offsetY / canvas.clientHeight) * height));
  return map.data[Math.max(0, y) * width + Math.max(0, x)];
}
