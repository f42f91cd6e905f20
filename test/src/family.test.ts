import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { boundOf } from '../family/bounds.ts';
import {
  distance,
  type FamilyModel,
  loadModel,
  loadReference,
  type ModelOptions,
  type Results,
  runModel,
} from '../family/familyModel.ts';
import { type AnyTensor, readTensors } from '../family/readTensors.ts';

/** Every model of fixtures/models and of the reference collection, against the outputs of transformers. */
const test = suite('family');
const FOLDERS = ['fixtures/models', '../shared/reference'];

/** From f64 to f64: what is left are LayerScale and batch norm, folded in f32. */
const EXACT = 2e-6;

interface Entry {
  readonly class: string;
  readonly note?: string;
  readonly cases: Record<string, { readonly options?: Readonly<Record<string, unknown>> }>;
}

/** The tensors of one kind of one case, `in`, `out` or `f64`, by their names. */
function part(io: ReadonlyMap<string, AnyTensor>, prefix: string): Map<string, AnyTensor> {
  const found = [...io].filter(([name]) => name.startsWith(prefix));
  return new Map(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** What differs between the folders and the cases: problem types by case name, and the quirk of native rectangles. */
function switchesOf(entry: Entry, caseName: string): Record<string, unknown> {
  const types: Record<string, string> = {
    single_label: 'single_label_classification',
    multi_label: 'multi_label_classification',
  };
  const rectangle = /width x height|quirk/.test(entry.note ?? '');
  return {
    ...(rectangle ? { compatibility: 'transformers' } : {}),
    ...(types[caseName] ? { problem_type: types[caseName] } : {}),
    ...(caseName === 'regression' ? { problem_type: 'regression' } : {}),
    ...entry.cases[caseName].options,
  };
}

const modelOptions = (name: string): ModelOptions => (/no_pooler|vit_mae/.test(name) ? { addPoolingLayer: false } : {});

/** Adds hidden states and attentions to the switches when the file has them. */
function wanted(expected: ReadonlyMap<string, AnyTensor>): Record<string, boolean> {
  const has = (prefix: string) => [...expected.keys()].some((name) => name.startsWith(prefix));
  return { output_hidden_states: has('hidden_states'), output_attentions: has('attentions') };
}

class Worst {
  readonly #values = new Map<string, number>();
  note(key: string, value: number): void {
    this.#values.set(key, Math.max(this.#values.get(key) ?? 0, value));
  }
  print(): void {
    for (const [key, value] of [...this.#values].sort()) console.log(`${key}: ${value.toExponential(2)}`);
  }
}
const worst = new Worst();

/** @returns the names of outputs that are missing or too far off */
function compare(className: string, results: Results, expected: ReadonlyMap<string, AnyTensor>, exact: boolean) {
  const faults: string[] = [];
  for (const [name, tensor] of expected) {
    const ours = results.get(name);
    const d = ours ? distance(ours, tensor.data as Float32Array) : Number.POSITIVE_INFINITY;
    const kind = name.replace(/\.\d+$/, '');
    worst.note(`${className}.${kind} ${exact ? 'f64 loops from f64 torch' : 'from torch'}`, d);
    if (!(d <= (exact ? EXACT : boundOf(className, kind, tensor.data as Float32Array))))
      faults.push(`${name} is off by ${d}`);
  }
  return faults;
}

async function runCases(root: string, name: string, entry: Entry, exact: boolean): Promise<void> {
  const folder = `${root}/${name}`;
  const io = await readTensors(`${folder}/io.safetensors`);
  const load = exact ? loadReference : loadModel;
  const model: FamilyModel = await load(entry.class, folder, modelOptions(name));
  const faults: string[] = [];
  for (const caseName of Object.keys(entry.cases)) {
    const expected = part(io, `${caseName}.${exact ? 'f64' : 'out'}.`);
    if (expected.size === 0) continue;
    const switches = { ...wanted(expected), ...switchesOf(entry, caseName) };
    const results = await runModel(model, part(io, `${caseName}.in.`), switches);
    faults.push(...compare(entry.class, results, expected, exact).map((fault) => `${caseName}: ${fault}`));
    if (!exact) distancesFromExact(entry.class, results, part(io, `${caseName}.out.`), part(io, `${caseName}.f64.`));
  }
  model.dispose();
  assert.equal(faults, [], folder);
}

/** How far from f64 both engines are: the measure of who is nearer. */
function distancesFromExact(
  className: string,
  ours: Results,
  torch: ReadonlyMap<string, AnyTensor>,
  exact: ReadonlyMap<string, AnyTensor>,
): void {
  for (const [name, { data }] of exact) {
    const reference = data as Float64Array;
    worst.note(`${className}.${name} f32 from f64: ours`, distance(ours.get(name) ?? [], reference));
    worst.note(`${className}.${name} f32 from f64: torch`, distance(torch.get(name)!.data as Float32Array, reference));
  }
}

for (const root of FOLDERS) {
  if (!existsSync(`${root}/manifest.json`)) {
    console.log(`skip: ${root} is not here`);
    test.skip(root, () => {});
    continue;
  }
  const manifest: Record<string, Entry> = JSON.parse(readFileSync(`${root}/manifest.json`, 'utf8'));
  const folders = readdirSync(root).filter((name) => manifest[name] && existsSync(`${root}/${name}/io.safetensors`));
  for (const name of folders) {
    test(`${root}/${name}`, () => runCases(root, name, manifest[name], false));
    if (root === FOLDERS[0]) test(`${root}/${name} in f64`, () => runCases(root, name, manifest[name], true));
  }
}

test.after(() => worst.print());
test.run();
