// node scripts/run.mjs test/processors/x64.ts: older x64 processors, as V8's flags imitate them, and V8's other ways to compile a
// module. Each has to give the same digests, and its probes what is known of such a processor.
import { readFileSync } from 'node:fs';
import { installed } from '../runtimes/tools.ts';
import { holds, prepareDigest } from './run.ts';

const FLAGS: readonly (readonly string[])[] = [
  [],
  ['--no-enable-avx2'],
  ['--no-enable-avx'],
  ['--no-enable-avx', '--no-enable-sse4-2'],
  ['--no-enable-fma3'],
  ['--liftoff', '--no-wasm-tier-up'],
  ['--no-liftoff'],
  ['--wasm-jitless'],
  ['--experimental-wasm-revectorize'],
];

const node = installed('node-24/bin/node');
if (!node || process.arch !== 'x64' || process.platform !== 'linux') console.log('skip: no Node 24 on Linux for x64');
else {
  await prepareDigest();
  const has = new Set(
    readFileSync('/proc/cpuinfo', 'utf8')
      .match(/^flags.*$/m)?.[0]
      .split(' '),
  );
  const sound = FLAGS.map((flags) => {
    const avx = !flags.includes('--no-enable-avx');
    const fuses = has.has('fma') && avx && !flags.includes('--no-enable-fma3');
    const dot = has.has('avx_vnni') && avx && !flags.includes('--no-enable-avx2') ? 'vpdpbusd' : 'vpmaddubsw';
    const name = flags.join(' ') || 'this processor';
    return holds({ name, command: [node, ...flags], engines: ['strict', 'relaxed', 'fused'], dot, fuses });
  });
  const dot = has.has('avx_vnni') ? 'vpdpbusd' : 'vpmaddubsw';
  sound.push(holds({ name: 'wideVectors: true', command: [node], engines: ['wide'], dot, fuses: has.has('fma') }));
  if (sound.includes(false)) process.exitCode = 1;
}
