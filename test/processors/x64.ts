// node scripts/run.mjs test/processors/x64.ts: older x64 processors, as V8's flags imitate them, and V8's other ways to compile a
// module. Each has to give the same digests, and its probes what is known of such a processor.
import { execFileSync } from 'node:child_process';
import { installed } from '../runtimes/tools.ts';
import { holds, prepareDigest } from './run.ts';

const FLAGS: readonly (readonly string[])[] = [
  [],
  ['--no-enable-avx2'],
  ['--no-enable-avx-vnni'],
  ['--no-enable-avx'],
  ['--no-enable-avx', '--no-enable-sse4-2'],
  ['--no-enable-fma3'],
  ['--liftoff', '--no-wasm-tier-up'],
  ['--no-liftoff'],
  ['--wasm-jitless'],
  ['--experimental-wasm-revectorize'],
  ['--experimental-wasm-revectorize', '--no-enable-avx-vnni'],
];

const node = installed('node-24/bin/node');
if (!node || process.arch !== 'x64' || process.platform !== 'linux') console.log('skip: no Node 24 on Linux for x64');
else {
  await prepareDigest();
  const strictAndFused = ['strict', 'relaxed', 'fused'] as const;
  const sound = FLAGS.map((flags) => {
    const name = flags.join(' ') || 'this processor';
    return holds({ name, command: [node, ...flags], engines: strictAndFused, ...expected(node, flags) });
  });
  sound.push(
    holds({ name: 'wideVectors: true', command: [node], engines: ['wide', 'fused wide'], ...expected(node, []) }),
  );
  if (sound.includes(false)) process.exitCode = 1;
}

/** What the probes have to find, by the instruction sets that V8 says it uses: "SSE3=1 … AVX_VNNI=0 …". */
function expected(node: string, flags: readonly string[]): { readonly dot: string; readonly fuses: boolean } {
  const [sets] = execFileSync(node, [...flags, '--v8-options'], { encoding: 'utf8' }).split('\n');
  const uses = (set: string) => sets.split(' ').includes(`${set}=1`);
  return { dot: uses('AVX_VNNI') ? 'vpdpbusd' : 'vpmaddubsw', fuses: uses('FMA3') };
}
