// Nanoseconds a number of each activation, as the epilogue of a linear layer calls it: node scripts/run.mjs bench/lab/activations.ts
import { ACTIVATIONS } from '../../src/activations.ts';
import { loadProbes } from '../../test/core-as/probe.ts';

const COUNT = 1 << 16;
const REPEATS = 40;

const [probe] = await loadProbes(['release']);
const x = Float32Array.from({ length: COUNT }, (_, i) => (8 * i) / COUNT - 4);
const copying = fastest('relu');
console.log(`relu, and copying in and out: ${copying.toFixed(2)} ns, taken off below`);
for (const lane of ['exp', 'erf', ...ACTIVATIONS] as const)
  console.log(`${lane.padEnd(11)} ${(fastest(lane) - copying).toFixed(2)} ns`);

function fastest(lane: Parameters<typeof probe.map>[0]): number {
  let best = Infinity;
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    probe.map(lane, x);
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / COUNT;
}
