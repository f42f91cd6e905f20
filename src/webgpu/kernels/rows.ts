import { each } from '../kernel.ts';

const AT = 'let row = i / p.cols; let col = i % p.cols; let out = p.out + row * p.outStride + col;';
const ROW_FIELDS = ['cols', 'out', 'outStride', 'x', 'xStride'];

/** out = x; a stride of 0 repeats a row. */
export const COPY = each('copy', ROW_FIELDS, `${AT} data[out] = data[p.x + row * p.xStride + col];`);

/** out += x; a stride of 0 repeats a row. */
export const ADD = each('add', ROW_FIELDS, `${AT} data[out] += data[p.x + row * p.xStride + col];`);

/** out = 0. */
export const CLEAR = each('clear', ['cols', 'out', 'outStride'], `${AT} data[out] = 0.0;`);

/** out[i] = out[i]·(1 − mask[i]) + x·mask[i]. */
export const BLEND = each(
  'blend',
  ['cols', 'out', 'outStride', 'x', 'mask'],
  `${AT} let hidden = data[p.mask + row]; data[out] = data[out] * (1.0 - hidden) + data[p.x + col] * hidden;`,
);

/** out = the mean of `rows` rows of x, a thread a column. */
export const MEAN = each(
  'mean',
  ['out', 'x', 'xStride', 'rows'],
  `var sum = 0.0;
   for (var row = 0u; row < p.rows; row++) { sum += data[p.x + row * p.xStride + i]; }
   data[p.out + i] = sum / f32(p.rows);`,
);

/** Patch n of image b as row n, channels outermost. */
export const PATCHIFY = each(
  'patchify',
  ['cols', 'out', 'outStride', 'x', 'channels', 'height', 'width', 'size'],
  `${AT}
   let down = p.height / p.size; let across = p.width / p.size;
   let image = row / (down * across);
   let channel = col / (p.size * p.size);
   let y = row / across % down * p.size + col / p.size % p.size;
   let x = row % across * p.size + col % p.size;
   data[out] = data[p.x + ((image * p.channels + channel) * p.height + y) * p.width + x];`,
);
