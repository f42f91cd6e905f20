// A part of the picture is hidden, and the model says which visual tokens are behind it.
import { BlockMasking, type FilledMask, type Tensor } from 'beit-wasm';
import { button, make, percent, slider } from '../parts/dom.ts';
import { picturePanel } from '../parts/picturePanel.ts';
import { drawFilled, drawMasked, fetchCodebook, type Painting } from '../parts/tokenTiles.ts';

export function fillPanel() {
  let painting: Painting | null = null;
  let mask: Tensor<'bool'> | null = null;
  let seed = 0;
  let cursor = 0;
  let again = () => {};
  const seen = make('canvas', {
    class: 'picture maskable',
    tabindex: 0,
    role: 'application',
    'aria-describedby': 'mask-help',
  });
  seen.setAttribute('aria-label', 'What the model sees');
  const filled = make('canvas', { class: 'picture', role: 'img' });
  const renew = (next: number) => {
    seed = next;
    mask = null;
    again();
  };
  const share = slider('Hidden', { max: 90, value: 40, text: (value) => `${Math.max(value, 1)} %` }, () => renew(seed));
  const toggle = (patch: number, to = !mask!.data[patch]) => {
    if (!mask || Boolean(mask.data[patch]) === to) return;
    mask.data[patch] = Number(to);
    drawMasked(seen, painting!, mask, document.activeElement === seen ? cursor : null);
    again();
  };
  paintable(
    seen,
    () => mask,
    toggle,
    (patch) => {
      cursor = patch;
      if (mask) drawMasked(seen, painting!, mask, document.activeElement === seen ? cursor : null);
    },
  );
  const help = make(
    'p',
    { class: 'hint', id: 'mask-help' },
    'Paint over patches to hide or show them; with keys, arrows and space.',
  );
  const element = make(
    'div',
    {},
    make('div', { class: 'pair' }, figure(seen, 'What the model sees'), figure(filled, 'What it makes of it')),
    help,
    make(
      'div',
      { class: 'controls' },
      share.element,
      button('Another mask', () => renew(seed + 1)),
    ),
  );

  return picturePanel('fill-mask-image', (rerun) => {
    again = rerun;
    return {
      element,
      look: async (fill, { input, canvas }, signal, choice) => {
        const { height, width } = fill.model.config.nativeGrid;
        if (mask?.dims.join() !== [height, width].join())
          mask = newMask(height, width, share.input.valueAsNumber, seed);
        const found = await fill(input, { mask, signal });
        const { imageMean: mean, imageStd: std } = fill.processor.config;
        const codebook = choice.codebook ? await fetchCodebook(choice.codebook) : null;
        painting = { canvas, codebook, mean, std };
        drawMasked(seen, painting, mask, document.activeElement === seen ? cursor : null);
        drawFilled(filled, painting, found);
        filled.setAttribute('aria-label', 'The picture with the hidden patches filled in');
        return sentence(found, codebook !== null);
      },
    };
  });
}

function newMask(height: number, width: number, hidden: number, seed: number): Tensor<'bool'> {
  const numMaskingPatches = Math.max(1, Math.round((Math.max(hidden, 1) / 100) * height * width));
  const minNumPatches = Math.min(16, Math.max(1, Math.floor(numMaskingPatches / 4)));
  return new BlockMasking({ height, width, numMaskingPatches, minNumPatches, seed }).next();
}

function sentence({ mask, scores }: FilledMask, isDrawn: boolean): string {
  const hidden = [...scores.data].filter((_, i) => mask.data[i]);
  const mean = hidden.reduce((sum, score) => sum + score, 0) / Math.max(1, hidden.length);
  const how = isDrawn ? 'drawn from the codebook' : 'shown by the numbers of their visual tokens';
  return `${hidden.length} of ${mask.data.length} patches are hidden, ${how}; the model is sure by ${percent(mean)} on average.`;
}

function figure(canvas: HTMLElement, caption: string): HTMLElement {
  return make('figure', {}, canvas, make('figcaption', {}, caption));
}

/** Pointer and keys on a canvas of patches. */
function paintable(
  canvas: HTMLCanvasElement,
  mask: () => Tensor<'bool'> | null,
  toggle: (patch: number, to?: boolean) => void,
  moveTo: (patch: number) => void,
): void {
  let paints: boolean | null = null;
  let cursor = 0;
  const patchAt = ({ offsetX, offsetY }: PointerEvent) => {
    const [rows, cols] = mask()!.dims;
    const row = Math.min(rows - 1, Math.max(0, Math.floor((offsetY / canvas.clientHeight) * rows)));
    return row * cols + Math.min(cols - 1, Math.max(0, Math.floor((offsetX / canvas.clientWidth) * cols)));
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (!mask()) return;
    const patch = patchAt(event);
    paints = !mask()!.data[patch];
    toggle(patch, paints);
  });
  canvas.addEventListener('pointermove', (event) => paints !== null && mask() && toggle(patchAt(event), paints));
  addEventListener('pointerup', () => (paints = null));
  canvas.addEventListener('focus', () => moveTo(cursor));
  canvas.addEventListener('blur', () => moveTo(cursor));
  canvas.addEventListener('keydown', (event) => {
    if (!mask()) return;
    const [rows, cols] = mask()!.dims;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: cols, ArrowUp: -cols, ' ': 0 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    if (step === 0) return toggle(cursor);
    cursor = (cursor + step + rows * cols) % (rows * cols);
    moveTo(cursor);
  });
}
