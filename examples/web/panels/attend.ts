// Where the model looks: all layers at once, or one head of one layer.
import { attentionMaps, attentionRollout, heatOverlay, Tensor } from 'beit-wasm';
import { make, slider } from '../parts/dom.ts';
import { picturePanel } from '../parts/picturePanel.ts';
import { enlargedCanvas, pixelsOf } from '../parts/pictures.ts';

/** Of the picture with the heat; unit: pixels. */
const LEAST_SIDE = 512;

interface Seen {
  readonly pixels: ImageData;
  readonly attentions: readonly Tensor[];
  readonly grid: { readonly height: number; readonly width: number };
  readonly query: 'mean' | 'class';
}

export function attendPanel() {
  let seen: Seen | null = null;
  const canvas = make('canvas', { class: 'picture', role: 'img' });
  const draw = () =>
    seen && paint(canvas, seen, layer.input.valueAsNumber, head.input.valueAsNumber, opacity.input.valueAsNumber);
  const drawLayer = () => {
    head.element.classList.toggle('off', layer.input.valueAsNumber === 0);
    head.input.disabled = layer.input.valueAsNumber === 0;
    draw();
  };
  const allOr = (all: string, one: string) => (value: number) => (value === 0 ? all : `${one} ${value}`);
  const layer = slider('Layer', { max: 12, value: 0, text: allOr('all, followed through', 'layer') }, drawLayer);
  const head = slider('Head', { max: 12, value: 0, text: allOr('mean of all heads', 'head') }, draw);
  const opacity = slider('Opacity', { max: 100, value: 70, text: (value) => `${value} %` }, draw);
  drawLayer();
  const controls = make('div', { class: 'controls' }, layer.element, head.element, opacity.element);
  const element = make('div', {}, canvas, controls);

  return picturePanel('image-classification', () => ({
    element,
    look: async ({ model, processor }, { input, canvas: shown }, signal) => {
      const { pixelValues } = await processor.preprocess(input);
      const { attentions } = await model.forward({ pixelValues, outputAttentions: true, signal });
      const { patchSize, useMeanPooling } = model.config;
      const [height, width] = pixelValues.dims.slice(2).map((side) => Math.floor(side / patchSize));
      const pixels = pixelsOf(enlargedCanvas(shown, LEAST_SIDE));
      seen = { pixels, attentions: attentions!, grid: { height, width }, query: useMeanPooling ? 'mean' : 'class' };
      layer.setMax(attentions!.length);
      head.setMax(attentions![0].dims[1]);
      draw();
      return `The attention of ${attentions!.length} layers with ${attentions![0].dims[1]} heads each is drawn.`;
    },
  }));
}

function paint(canvas: HTMLCanvasElement, seen: Seen, layer: number, head: number, opacity: number): void {
  const { data, width, height } = seen.pixels;
  const overlay = heatOverlay({ data, width, height, channels: 4 }, mapOf(seen, layer, head), opacity / 100);
  Object.assign(canvas, { width, height });
  canvas.getContext('2d')!.putImageData(new ImageData(overlay.data, width, height), 0, 0);
  const which = layer === 0 ? 'all layers' : `layer ${layer}, ${head === 0 ? 'mean of all heads' : `head ${head}`}`;
  canvas.setAttribute('aria-label', `Where the model looks: ${which}`);
}

/** [height, width] of patches. */
function mapOf({ attentions, grid, query }: Seen, layer: number, head: number): Tensor {
  const dims = [grid.height, grid.width];
  if (layer === 0) return new Tensor('float32', attentionRollout(attentions, grid, query).data, dims);
  const maps = attentionMaps(attentions[layer - 1], grid, query); // [1, heads, height, width]
  const size = grid.height * grid.width;
  if (head > 0) return new Tensor('float32', maps.data.slice((head - 1) * size, head * size), dims);
  const heads = maps.dims[1];
  const mean = new Float32Array(size);
  for (const [i, value] of maps.data.entries()) mean[i % size] += value / heads;
  return new Tensor('float32', mean, dims);
}
