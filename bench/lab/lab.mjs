// What the laboratories share: compile candidates, run a plan on every engine, print a table.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { RUNTIMES } from './runtimes.mjs';

/** Compiles candidates as the core is compiled, over an imported memory; returns the file. */
export async function compileLab(name, candidates, features) {
  mkdirSync('build/lab', { recursive: true });
  const source = `build/lab/${name}.ts`;
  const file = `build/lab/${name}.wasm`;
  writeFileSync(source, candidates.map((candidate) => candidate.source).join('\n'));
  const options = [
    '-O3',
    '--converge',
    '--noAssert',
    '--runtime',
    'stub',
    '--importMemory',
    '--initialMemory',
    '1',
    '--use',
    'abort=',
  ];
  const { error, stderr } = await asc.main([
    source,
    '-o',
    file,
    ...options,
    ...features.flatMap((f) => ['--enable', f]),
  ]);
  if (error) throw new Error(stderr.toString().slice(0, 2000));
  return file;
}

/** Engine → candidate → rates by shape. An engine that cannot compile a candidate is left out and says so. */
export function runPlan(name, plan) {
  const file = `build/lab/${name}.plan.json`;
  writeFileSync(file, JSON.stringify(plan));
  const results = {};
  for (const [engine, [command, ...args]] of Object.entries(RUNTIMES))
    try {
      const output = execFileSync(command, [...args, 'bench/lab/measure.mjs', file], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      results[engine] = JSON.parse(output);
    } catch (error) {
      console.log(
        `${engine} cannot run this plan: ${String(error.stderr ?? error)
          .split('\n')
          .find((line) => /Error/.test(line))}`,
      );
    }
  return results;
}

/** One line a candidate: per engine the rate over all shapes (by total time is not known: the harmonic mean) and share. */
export function printTable(results, shapes, limitName) {
  const engines = Object.keys(results);
  const names = Object.keys(results[engines[0]]).filter((name) => !(limitName && name.startsWith(limitName)));
  const work = shapes.map(([m, n, k]) => m * n * k);
  const total = work.reduce((a, b) => a + b);
  const mean = (rates) => total / rates.reduce((time, rate, i) => time + work[i] / rate, 0);
  const limits = engines.map((engine) => limitOf(results[engine], limitName));
  const cell = (engine, name, i) => {
    const rate = mean(results[engine][name]);
    return limitName ? `${rate.toFixed(1)} (${((100 * rate) / limits[i]).toFixed(0)} %)` : rate.toFixed(0);
  };
  console.log(`| candidate | ${engines.join(' | ')} |\n|---|${'---|'.repeat(engines.length)}`);
  if (limitName) console.log(`| limit, registers only | ${limits.map((limit) => limit.toFixed(1)).join(' | ')} |`);
  for (const name of names)
    console.log(`| ${name} | ${engines.map((engine, i) => cell(engine, name, i)).join(' | ')} |`);
}

/** The best rate of the register-only kernels. */
function limitOf(rates, prefix) {
  return Math.max(0, ...Object.keys(rates).flatMap((name) => (prefix && name.startsWith(prefix) ? rates[name] : [])));
}

/** For each engine one line a candidate: rate and share of the limit of every shape, the limit as it was beside that shape. */
export function printShapes(results, shapes, limitName) {
  for (const [engine, rates] of Object.entries(results)) {
    const line = (name, cells) => console.log(`| ${name} | ${cells.join(' | ')} |`);
    const [limits, candidates] = [true, false].map((wanted) =>
      Object.entries(rates).filter(([name]) => name.startsWith(limitName) === wanted),
    );
    const limit = shapes.map((_, i) => Math.max(...limits.map(([, row]) => row[i])));
    line(
      engine,
      shapes.map((shape) => shape.join('×')),
    );
    console.log(`|---|${'---|'.repeat(shapes.length)}`);
    line(
      'limit',
      limit.map((rate) => rate.toFixed(1)),
    );
    for (const [name, row] of candidates)
      line(
        name,
        row.map((rate, i) => `${rate.toFixed(1)} (${((100 * rate) / limit[i]).toFixed(1)} %)`),
      );
  }
}
