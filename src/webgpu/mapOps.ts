import type { Epilogue, FeatureMap, MapOps } from '../backend.ts';
import { borderRows } from '../rowAddressing.ts';
import { each, type Kernel } from './kernel.ts';
import { type Placed, runLinear } from './kernels/linear.ts';
import type { GpuKinds, GpuLinear, GpuTensor } from './kinds.ts';
import type { GpuStore } from './store.ts';

type GpuMap = FeatureMap<GpuKinds>;

/** out = 0, for rows of columns. */
const CLEAR = each('clear', ['cols', 'out', 'outStride'], 'data[p.out + i / p.cols * p.outStride + i % p.cols] = 0.0;');

/** Strides in elements, from one row of pixels and from one pixel to the next. */
const FIELDS = [
  'channels',
  'out',
  'outRow',
  'outPixel',
  'x',
  'inRow',
  'inPixel',
  'height',
  'width',
  'inHeight',
  'inWidth',
];

const AT = `let c = i % p.channels; let x = i / p.channels % p.width; let y = i / p.channels / p.width;
  let out = p.out + y * p.outRow + x * p.outPixel + c;`;
const INPUT = 'fn pixel(y: u32, x: u32, c: u32) -> f32 { return data[p.x + y * p.inRow + x * p.inPixel + c]; }';

/** The largest of every 2×2 pixels. */
const MAX_POOL = each(
  'max pool',
  FIELDS,
  `${AT} data[out] = max(max(pixel(2u * y, 2u * x, c), pixel(2u * y, 2u * x + 1u, c)),
    max(pixel(2u * y + 1u, 2u * x, c), pixel(2u * y + 1u, 2u * x + 1u, c)));`,
  INPUT,
);

/** The mean over rows ⌊y·h/h'⌋ to ⌈(y + 1)·h/h'⌉ and columns alike. */
const AVERAGE_POOL = each(
  'average pool',
  FIELDS,
  `${AT}
   let top = y * p.inHeight / p.height; let bottom = ((y + 1u) * p.inHeight + p.height - 1u) / p.height;
   let left = x * p.inWidth / p.width; let right = ((x + 1u) * p.inWidth + p.width - 1u) / p.width;
   var sum = 0.0;
   for (var v = top; v < bottom; v++) { for (var u = left; u < right; u++) { sum += pixel(v, u, c); } }
   data[out] = sum / f32((bottom - top) * (right - left));`,
  INPUT,
);

/** The same pixels, negative values as zero where `rectify` is 1; a NaN stays. */
const COPY_MAP = each(
  'copy map',
  [...FIELDS, 'rectify'],
  `${AT} let value = pixel(y, x, c); data[out] = select(value, 0.0, p.rectify == 1u && value < 0.0);`,
  INPUT,
);

/** Bilinearly to another size, no antialias; added where `add` is 1, corners on corners where `aligned` is. */
const RESIZE_BILINEAR = each(
  'resize bilinear',
  [...FIELDS, 'add', 'aligned'],
  `${AT}
   let v = source(y, p.inHeight, p.height); let u = source(x, p.inWidth, p.width);
   let y0 = u32(v); let y1 = min(y0 + 1u, p.inHeight - 1u); let x0 = u32(u); let x1 = min(x0 + 1u, p.inWidth - 1u);
   let upper = mix(pixel(y0, x0, c), pixel(y0, x1, c), u - f32(x0));
   let lower = mix(pixel(y1, x0, c), pixel(y1, x1, c), u - f32(x0));
   let value = mix(upper, lower, v - f32(y0));
   data[out] = select(value, data[out] + value, p.add == 1u);`,
  `${INPUT}
fn source(i: u32, size: u32, wanted: u32) -> f32 {
  if (p.aligned == 1u) { return f32(i) * f32(size - 1u) / f32(max(wanted, 2u) - 1u); }
  return max((f32(i) + 0.5) * f32(size) / f32(wanted) - 0.5, 0.0);
}`,
);

/** out[c, y · width + x] = pixel (y, x), channel c. */
const CHANNELS_FIRST = each(
  'channels first',
  ['channels', 'out', 'outStride', 'x', 'inRow', 'inPixel', 'width'],
  `let c = i % p.channels; let pixel = i / p.channels;
   data[p.out + c * p.outStride + pixel] = data[p.x + pixel / p.width * p.inRow + pixel % p.width * p.inPixel + c];`,
);

/** The ops on channels-last maps: each with its shader above, the convolutions with that of linear layers. */
export function gpuMapOps(store: GpuStore): MapOps<GpuKinds> {
  const { recorder } = store;
  const run = (kernel: Kernel, out: GpuMap, x: GpuMap, ...more: number[]) => {
    const { cols } = x.tensor;
    const sizes = [out.height, out.width, x.height, x.width];
    recorder.each(kernel, out.height * out.width * cols, [cols, ...placed(out), ...placed(x), ...sizes, ...more]);
  };
  return {
    conv1x1(out: GpuMap, x: GpuMap, w: GpuLinear, epilogue: Epilogue = 'store'): void {
      runLinear(recorder, placed(out), placed(x), [x.height * x.width, x.width], w, epilogue);
    },

    conv3x3(out: GpuMap, x: GpuMap, w: GpuLinear, epilogue: Epilogue = 'store'): void {
      const corner = placed({ ...x, origin: x.origin - x.pitch - 1 });
      runLinear(recorder, placed(out), corner, [x.height * x.width, x.width], w, epilogue, w.k / 9);
    },

    clearBorder(map: GpuMap): void {
      for (const [begin, end] of borderRows(map)) {
        const { at, rows, cols, stride } = store.rows(map.tensor, begin, end);
        recorder.each(CLEAR, rows * cols, [cols, at, stride]);
      }
    },

    maxPool: (out: GpuMap, x: GpuMap) => run(MAX_POOL, out, x),

    averagePool: (out: GpuMap, x: GpuMap) => run(AVERAGE_POOL, out, x),

    resizeBilinear(out: GpuMap, x: GpuMap, epilogue: 'store' | 'add' = 'store', alignCorners = false): void {
      run(RESIZE_BILINEAR, out, x, Number(epilogue === 'add'), Number(alignCorners));
    },

    copyMap(out: GpuMap, x: GpuMap, epilogue: 'store' | 'relu' = 'store'): void {
      run(COPY_MAP, out, x, Number(epilogue === 'relu'));
    },

    channelsFirst(out: GpuTensor, x: GpuMap): void {
      const { cols } = x.tensor;
      recorder.each(CHANNELS_FIRST, x.height * x.width * cols, [cols, out.at, out.stride, ...placed(x), x.width]);
    },
  };
}

function placed({ tensor, origin, pitch, step }: GpuMap): Placed {
  return [tensor.at + origin * tensor.stride, pitch * tensor.stride, step * tensor.stride];
}
