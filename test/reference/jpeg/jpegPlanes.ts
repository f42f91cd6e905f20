import { check } from '../../../src/errors.ts';
import type { JpegComponent, JpegFrame } from '../../../src/image/jpeg/jpegFrame.ts';
import { inverseDct } from './inverseDct.ts';

/** One color component while it is decoded, padded to whole MCUs. */
export interface JpegPlane {
  readonly component: JpegComponent;
  readonly width: number; // samples that count, without padding
  readonly height: number;
  readonly blocksX: number; // padded
  readonly blocksY: number;
  readonly samples: Uint8Array; // [blocksY·8, blocksX·8]
  readonly coefficients: Int16Array; // [blocksY·blocksX, 64] when progressive, else [64]
  quantization: Int32Array | undefined; // [64], as it was when the component's first scan began
  prediction: number; // of the next DC coefficient
}

/** A frame's components with room for their samples. */
export interface JpegPlanes {
  readonly frame: JpegFrame;
  readonly planes: readonly JpegPlane[];
  readonly mcusX: number;
  readonly mcusY: number;
  readonly h: number; // the largest sampling factors
  readonly v: number;
}

/** Makes room for a frame; sampling factors that do not divide the largest are refused, as libjpeg does. */
export function allocatePlanes(frame: JpegFrame): JpegPlanes {
  const { width, height, components, progressive } = frame;
  const h = Math.max(...components.map((c) => c.h));
  const v = Math.max(...components.map((c) => c.v));
  const even = components.every((c) => h % c.h === 0 && v % c.v === 0);
  check(even, 'UnsupportedFormat', 'Cannot decode JPEG: its sampling factors do not divide each other');
  const mcusX = Math.ceil(width / (8 * h));
  const mcusY = Math.ceil(height / (8 * v));
  const planes = components.map((component) => {
    const blocksX = mcusX * component.h;
    const blocksY = mcusY * component.v;
    return {
      component,
      width: Math.ceil((width * component.h) / h),
      height: Math.ceil((height * component.v) / v),
      blocksX,
      blocksY,
      samples: new Uint8Array(blocksX * blocksY * 64),
      coefficients: new Int16Array(progressive ? blocksX * blocksY * 64 : 64),
      quantization: undefined,
      prediction: 0,
    };
  });
  return { frame, planes, mcusX, mcusY, h, v };
}

/** Turns one block's coefficients, from `at` on, into samples at block (x, y). */
export function placeBlock(plane: JpegPlane, x: number, y: number, at: number, scratch: Int32Array): void {
  const stride = plane.blocksX * 8;
  inverseDct(plane.samples, y * 8 * stride + x * 8, stride, plane.coefficients, at, plane.quantization!, scratch);
}

/** Turns every block of a progressive frame into samples, once all scans have been read. */
export function placeAll({ planes }: JpegPlanes): void {
  const scratch = new Int32Array(64);
  for (const plane of planes) {
    check(plane.quantization, 'InvalidImage', 'Cannot decode JPEG: a component has no scan');
    for (let y = 0, at = 0; y < plane.blocksY; y++) {
      for (let x = 0; x < plane.blocksX; x++, at += 64) placeBlock(plane, x, y, at, scratch);
    }
  }
}
