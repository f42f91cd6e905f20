// npm run parity [-- --cases 500 --seed 1 --relatives]: random models of every class and switch (--relatives: of ViT, DeiT,
// DINOv2 …; --depth: of DPT, Depth Anything and ZoeDepth; --family zoe: of one of them), live, against transformers. PYTHON
// names one or more interpreters, separated by commas, asked in turn: 4.57.6 first, then 5.18.0 for what 4.57 cannot.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { boundOf } from './family/bounds.ts';
import { distance, loadModel, type Results, runModel } from './family/familyModel.ts';
import { ParityServer } from './family/parityServer.ts';
import { type RandomCase, randomCase } from './family/randomCase.ts';
import { randomDepth } from './family/randomDepth.ts';
import { randomRelative } from './family/randomRelative.ts';
import { readTensors } from './family/readTensors.ts';

const options = {
  cases: { type: 'string' },
  seed: { type: 'string' },
  relatives: { type: 'boolean' },
  depth: { type: 'boolean' },
  family: { type: 'string' },
} as const;
const { values } = parseArgs({ options });
const draw = values.depth ? randomDepth : values.relatives ? randomRelative : randomCase;
const [cases, seed] = [Number(values.cases ?? 200), Number(values.seed ?? 1)];

interface Row {
  cases: number;
  fromTorch: number;
  ofBound: number;
  oursFromExact: number;
  torchFromExact: number;
}

/** Worst distances by class and output. */
const table = new Map<string, Row>();
/** Cases by family. */
const families = new Map<string, number>();
const faults: string[] = [];
const refused: string[] = [];

function row(key: string): Row {
  const found = table.get(key) ?? { cases: 0, fromTorch: 0, ofBound: 0, oursFromExact: 0, torchFromExact: 0 };
  table.set(key, found);
  return found;
}

/** The first server that can answers; null when none can. */
async function asked(servers: readonly ParityServer[], drawn: RandomCase, dir: string): Promise<boolean> {
  let error = '';
  for (const server of servers) {
    const answer = await server.ask({ op: 'run', dir, f64: true, ...drawn });
    if (answer.ok) return true;
    error = answer.error as string;
    if (answer.code !== 'version') throw new Error(`transformers failed: ${error}\n${JSON.stringify(drawn)}`);
  }
  refused.push(error);
  return false;
}

async function compute(drawn: RandomCase, dir: string, inputs: Map<string, never>): Promise<Results> {
  const model = await loadModel(drawn.class, dir, { addPoolingLayer: drawn.addPoolingLayer });
  try {
    return await runModel(model, inputs, {
      compatibility: 'transformers',
      outputHiddenStates: drawn.outputHiddenStates,
      outputAttentions: drawn.outputAttentions,
      interpolatePosEncoding: drawn.interpolatePosEncoding,
      problemType: drawn.problemType,
    });
  } finally {
    model.dispose();
  }
}

async function compare(drawn: RandomCase, index: number, dir: string): Promise<void> {
  const io = await readTensors(`${dir}/io.safetensors`);
  const named = (kind: string) =>
    new Map(
      [...io].filter(([name]) => name.startsWith(kind)).map(([name, t]) => [name.slice(kind.length), t as never]),
    );
  const results = await compute(drawn, dir, named('in.'));
  const family = drawn.family ?? drawn.class;
  families.set(family, (families.get(family) ?? 0) + 1);
  for (const [name, { data: expected }] of named('out.') as Map<string, { data: Float32Array }>) {
    const kind = name.replace(/\.\d+$/, '');
    const ours = results.get(name) ?? [];
    const d = distance(ours, expected);
    const into = row(`${drawn.family === 'dit' ? 'dit ' : ''}${drawn.class}.${kind}`);
    const bound = boundOf(drawn.class, kind, expected);
    into.cases += name === kind || name.endsWith('.0') ? 1 : 0;
    into.fromTorch = Math.max(into.fromTorch, d);
    into.ofBound = Math.max(into.ofBound, d / bound);
    if (!(d <= bound)) faults.push(`case ${index}: ${name} is off by ${d}, allowed ${bound}: ${JSON.stringify(drawn)}`);
    const exact = io.get(`f64.${name}`)?.data as Float64Array | undefined;
    if (!exact) continue;
    into.oursFromExact = Math.max(into.oursFromExact, distance(ours, exact));
    into.torchFromExact = Math.max(into.torchFromExact, distance(expected, exact));
  }
}

function report(done: number): void {
  // attentions have no f64 counterpart
  const number = (value: number) => (value ? value.toExponential(1) : '–').padStart(10);
  console.log(`${'class.output'.padEnd(48)} cases from torch of bound  ours-f64  torch-f64`);
  for (const [key, r] of [...table].sort()) {
    const numbers = [r.fromTorch, r.ofBound, r.oursFromExact, r.torchFromExact].map(number).join('');
    console.log(`${key.padEnd(48)} ${String(r.cases).padStart(5)} ${numbers}`);
  }
  for (const fault of faults.slice(0, 10)) console.log(fault);
  console.log([...families].map(([family, count]) => `${family} ${count}`).join(', '));
  console.log(`${done} cases compared, ${refused.length} that no interpreter here computes, ${faults.length} faults`);
}

async function main(): Promise<void> {
  const pythons = (process.env.PYTHON ?? 'python3').split(',');
  const servers = pythons.map((python) => new ParityServer(python));
  const dir = mkdtempSync(join(tmpdir(), 'parity-'));
  let done = 0;
  try {
    for (const server of servers) console.log(JSON.stringify(await server.greeting()));
    const drawnFamilies = new Set<string | undefined>();
    for (let index = 0, tried = 0; done < cases && tried < 2 * cases; index++) {
      const drawn = draw(seed, index);
      drawnFamilies.add(drawn.family);
      if (index > 200 && tried === 0)
        throw new Error(`No case of --family ${values.family}: expected one of ${[...drawnFamilies].join(', ')}`);
      if (values.family && drawn.family !== values.family) continue;
      tried++;
      if (!(await asked(servers, drawn, dir))) continue;
      await compare(drawn, index, dir);
      done++;
      if (done % 50 === 0) console.error(`${done} of ${cases} cases, ${faults.length} faults`);
    }
  } finally {
    for (const server of servers) server.quit();
    rmSync(dir, { recursive: true });
  }
  report(done);
  process.exitCode = faults.length > 0 || done < cases ? 1 : 0;
}

await main();
