import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AdaptedClassifier } from '../../src/train/adaptedClassifier.ts';
import { fineTune } from '../../src/train/fineTune.ts';
import type { AdapterNaming, LoraTarget } from '../../src/train/peftNames.ts';
import { bytesSource } from '../../src/weights/bytes/byteSource.ts';
import { readSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { memoryFolder } from '../memoryFolder.ts';
import { digitExamples } from './digitsData.ts';

const test = suite('train/peftNames');
const FAMILIES: readonly (readonly [family: string, base: string, targets: readonly LoraTarget[]])[] = [
  ['vit', 'vit_cls', ['query', 'value', 'intermediate.dense']],
  ['deit', 'deit_cls', ['query', 'value', 'intermediate.dense']],
  ['dinov2', 'dinov2_registers_cls', ['query', 'value', 'output.dense']],
  ['data2vec', 'data2vec_cls', ['query', 'value', 'intermediate.dense']],
];

async function namesIn(bytes: Uint8Array): Promise<string[]> {
  const { tensors } = await readSafetensors(bytesSource('adapter_model.safetensors', bytes));
  return tensors.map(({ name }) => name).sort();
}

for (const [family, base, targets] of FAMILIES) {
  test(`${family}: a trained adapter has the names of PEFT's, of both transformers, and opens beside its base`, async () => {
    const scans = (await digitExamples(0, 60)).filter(({ label }) => ['0', '1'].includes(label as string)).slice(0, 8);
    const source = `fixtures/models/${base}`;
    using tuned = await fineTune(source, scans, {
      train: 'lora',
      lora: { rank: 2, alpha: 5, targets },
      epochs: 1,
      learningRate: 0.02,
      threads: 1,
    });
    const expected = await tuned.logits(scans[0].image);
    for (const naming of ['transformers4', 'transformers5'] satisfies AdapterNaming[]) {
      const { files, create } = memoryFolder();
      await tuned.saveAdapter(create, naming);
      const peft = `fixtures/adapters/${family}_${naming}`;
      const names = await namesIn(new Uint8Array(readFileSync(`${peft}/adapter_model.safetensors`)));
      assert.equal(await namesIn(files['adapter_model.safetensors']), names, naming);
      const { target_modules } = JSON.parse(new TextDecoder().decode(files['adapter_config.json']));
      const layers = names.filter((name) => name.includes('.lora_A.'));
      // PEFT compares the whole name of a module
      for (const name of layers)
        assert.match(name.replace(/^base_model\.model\.|\.lora_A\.weight$/g, ''), new RegExp(`^${target_modules}$`));
      using opened = await AdaptedClassifier.open(source, { own: files }, { threads: 1 });
      const found = await opened.logits(scans[0].image, 'own');
      const far = found.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i])), 0);
      assert.ok(far < 1e-5, `${naming}: ${far}`);
    }
  });
}

test.run();
