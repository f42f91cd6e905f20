// RUNTIME digest.mjs ENGINES: what this processor makes of relaxed instructions, and the digest of every engine, as one line of
// JSON. An engine is `strict`, `relaxed`, `fused`, `wide` or `fused wide`.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import * as beit from 'beit-wasm';
import { hasRelaxedSimd, instantiate } from '../../src/wasm/core.ts';
import { dotIsExact, loweringOf } from '../../src/wasm/lowering.ts';
import { digests, type Engine } from '../runtimes/outputs.ts';

const ENGINES: Readonly<Record<string, Engine>> = {
  strict: { simd: 'strict', threads: 1 },
  relaxed: { simd: 'relaxed', threads: 1 },
  fused: { arithmetic: 'fused', threads: 1 },
  wide: { wideVectors: true, threads: 1 },
  'fused wide': { arithmetic: 'fused', wideVectors: true, threads: 1 },
};

async function digestOf(engine: Engine): Promise<Readonly<Record<string, string>> | string> {
  try {
    return await digests(beit, (name) => `./fixtures/${name}`, engine);
  } catch (error) {
    return (error as beit.BeitError).code ?? String(error);
  }
}

function lowering() {
  if (!hasRelaxedSimd()) return null;
  const kernels = instantiate(new WebAssembly.Module(readFileSync('core.relaxed.wasm')));
  return { ...loweringOf(kernels), exact: dotIsExact(kernels) };
}

const results = [];
for (const name of process.argv[2].split(',')) results.push([name, await digestOf(ENGINES[name])]);
console.log(JSON.stringify({ lowering: lowering(), digests: Object.fromEntries(results) }));
