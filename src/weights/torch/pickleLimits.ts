/** A training checkpoint of BEiT-large has about 60,000 operations, 3,000 containers and 300 kB. */
export const PICKLE_LIMITS = {
  bytes: 1 << 22,
  operations: 500_000,
  containers: 1 << 16,
  stack: 1 << 16,
  marks: 256,
  memo: 1 << 17,
  string: 1 << 16,
  line: 256,
} as const;
