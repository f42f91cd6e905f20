import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundleNeutral } from '../runtimes/bundleNeutral.ts';
import fused from '../runtimes/digest.fused.json';
import strict from '../runtimes/digest.json';
import { APP, prepareApp } from '../runtimes/prepare.ts';

/** A processor, or one that is imitated, and what it has to compute. */
export interface Processor {
  readonly name: string;
  readonly command: readonly string[];
  readonly engines: readonly ('strict' | 'relaxed' | 'fused' | 'wide' | 'fused wide')[];
  /** What the relaxed dot becomes. */
  readonly dot: string;
  /** Whether the relaxed multiply-add rounds once; where it does not, `fused` has to be rejected. */
  readonly fuses: boolean;
}

/** The packed package with its fixtures, and digest.mjs beside it. */
export async function prepareDigest(): Promise<void> {
  await prepareApp();
  const external = ['beit-wasm', 'node:*'];
  await bundleNeutral({ entryPoints: ['test/processors/digest.ts'], outfile: join(APP, 'digest.mjs'), external });
}

/** Computes every digest there; prints a line and returns whether all is as expected. */
export function holds({ name, command, engines, dot, fuses }: Processor): boolean {
  const started = performance.now();
  const [program, ...args] = command;
  const output = execFileSync(program, [...args, 'digest.mjs', engines.join()], { cwd: APP, encoding: 'utf8' });
  const { lowering, digests } = JSON.parse(output.trim().split('\n').at(-1)!);
  const wrong = engines.filter((engine) => {
    if (engine.startsWith('fused') && !fuses) return digests[engine] !== 'UnsupportedRuntime';
    const stored = engine.startsWith('fused') ? fused : strict;
    return digests[engine].all !== stored.all || digests[engine].families !== stored.families;
  });
  const probed = lowering.exact && lowering.dot === dot && lowering.fusedMultiplyAdd === fuses;
  const sound = wrong.length === 0 && probed;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${sound ? 'ok  ' : 'FAIL'} ${name} (${seconds} s): ${engines.join(', ')}; ${JSON.stringify(lowering)}`);
  for (const engine of wrong) console.log(`       FAIL ${engine}: ${JSON.stringify(digests[engine])}`);
  return sound;
}
