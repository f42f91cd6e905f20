// Packed floating-point weights: panels [⌈n/NR⌉, k, NR] whose padding lanes are 0, and how each kind of value is unpacked to
// f32, read and written.
import { all_normal_f16, narrow_bf16, narrow_f16, widen_bf16, widen_f16, widen_normal_f16 } from "../simd/narrow";
import { FloatPanel } from "./policy";
import { nr_f32 } from "./shape";

/** Panels of f32 are copied for at least so many rows, and up to such a depth: bench/lab/README.md. */
const COPIED_ROWS: usize = 12;
const COPIED_DEPTH: usize = ASC_FEATURE_RELAXED_SIMD ? 4096 : 1024;

/** What pack_f32.ts asks beyond the contract of gemm.ts: the size of a value, and how one is written and read. */
@unmanaged
export abstract class ValuePanel extends FloatPanel {
  abstract size(): usize;
  abstract put(to: usize, value: f32): void;
  abstract get(from: usize): f32;
}

/** f32, read in place or copied. */
@unmanaged
export class F32Panel extends ValuePanel {
  @inline size(): usize { return 4; }
  @inline panel_bytes(k: usize): usize { return k * nr_f32() * 4; }
  @inline unpacked_bytes(k: usize): usize { return k <= COPIED_DEPTH ? k * nr_f32() * 4 : 0; }
  @inline copies_panel(k: usize, rows: usize): bool { return rows >= COPIED_ROWS && k <= COPIED_DEPTH; }
  @inline unpack_panel(panel: usize, k: usize, scratch: usize): usize { return panel; }
  @inline put(to: usize, value: f32): void { store<f32>(to, value); }
  @inline get(from: usize): f32 { return load<f32>(from); }
}

/** IEEE half precision, unpacked eight at a time; of the last eight, those beyond an odd panel are padding. */
@unmanaged
export class F16Panel extends ValuePanel {
  @inline size(): usize { return 2; }
  @inline panel_bytes(k: usize): usize { return k * nr_f32() * 2; }
  @inline unpacked_bytes(k: usize): usize { return ((k * nr_f32() + 7) & ~7) * 4; }
  @inline copies_panel(k: usize, rows: usize): bool { return false; }
  @inline unpack_panel(panel: usize, k: usize, scratch: usize): usize {
    // eight values of the panel
    for (let to = scratch, end = scratch + k * nr_f32() * 4; to < end; to += 32, panel += 16) {
      const h = v128.load(panel), low = i32x4.extend_low_i16x8_u(h), high = i32x4.extend_high_i16x8_u(h);
      const normal = all_normal_f16(h);
      v128.store(to, normal ? widen_normal_f16(low) : widen_f16(low));
      v128.store(to, normal ? widen_normal_f16(high) : widen_f16(high), 16);
    }
    return scratch;
  }
  @inline put(to: usize, value: f32): void { store<u16>(to, narrow_f16(value)); }
  @inline get(from: usize): f32 { return f32x4.extract_lane(widen_f16(i32x4.splat(load<u16>(from))), 0); }
}

/** bfloat16, the upper half of an f32. */
@unmanaged
export class BF16Panel extends ValuePanel {
  @inline size(): usize { return 2; }
  @inline panel_bytes(k: usize): usize { return k * nr_f32() * 2; }
  @inline unpacked_bytes(k: usize): usize { return k * nr_f32() * 4; }
  @inline copies_panel(k: usize, rows: usize): bool { return false; }
  @inline unpack_panel(panel: usize, k: usize, scratch: usize): usize {
    // four values of the panel
    for (let to = scratch, end = scratch + k * nr_f32() * 4; to < end; to += 16, panel += 8) {
      v128.store(to, widen_bf16(v128.load16x4_u(panel)));
    }
    return scratch;
  }
  @inline put(to: usize, value: f32): void { store<u16>(to, narrow_bf16(value)); }
  @inline get(from: usize): f32 { return f32x4.extract_lane(widen_bf16(i32x4.splat(load<u16>(from))), 0); }
}
