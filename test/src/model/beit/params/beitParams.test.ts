import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../src/backend.ts';
import { architectureNamed, architectureOf } from '../../../../../src/model/beit/architectures.ts';
import { BeitConfig } from '../../../../../src/model/beit/config/config.ts';
import { canonicalNames } from '../../../../../src/model/beit/config/names.ts';
import { beitParams } from '../../../../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../../../../src/model/beit/params/parameters.ts';
import { filesOf } from '../../../../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../../../../src/weights/checkpoint.ts';
import { ReferenceBackend } from '../../../../reference/backend.ts';
import { TINY } from '../tinyModel.ts';

const test = suite('model/beit/beitParams');

/** Slots of a model: canonical names and shapes. */
function slotsOf(config: BeitConfig, architecture = architectureOf(config)): Record<string, string> {
  const parameters = new Parameters<Kinds>(new ReferenceBackend() as unknown as Backend<Kinds>, 'f32');
  beitParams(parameters, config, architecture.parts(config));
  architecture.params(parameters, config);
  return Object.fromEntries([...parameters.slots].map(([name, { shape }]) => [name, shape.join()]));
}

for (const name of readdirSync('fixtures/models').filter((f) => existsSync(`fixtures/models/${f}/model.safetensors`))) {
  test(`${name}: slots are what transformers saved, by name and shape`, async () => {
    const folder = `fixtures/models/${name}`;
    const json = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
    const bytes = new Uint8Array(readFileSync(`${folder}/model.safetensors`));
    const { tensors } = await openCheckpoint(filesOf({ 'model.safetensors': bytes }));
    const saved: Record<string, string> = {};
    for (const [stored, canonical] of canonicalNames(tensors.keys())) {
      if (canonical) saved[canonical] = tensors.get(stored)!.shape.join();
    }
    const config = BeitConfig.fromJSON(json);
    const slots = slotsOf(config, /no_pooler|vit_mae/.test(name) ? architectureNamed('BeitModel', false) : undefined);
    const beyond = Object.keys(saved).filter((found) => !(found in slots));
    assert.ok(
      beyond.every((found) =>
        /^pooler\.|^layernorm\.|^fpn|^(decode|auxiliary)_head|^embeddings\.mask_token$/.test(found),
      ),
      beyond.join(),
    );
    for (const [slot, shape] of Object.entries(slots)) assert.is(saved[slot], shape, slot);
  });
}

test('switches of the config add what they name', () => {
  const names = (init: object) => Object.keys(slotsOf(new BeitConfig({ ...TINY, ...init })));
  const bare = names({ layerScaleInitValue: 0 });
  const added = (init: object) => names({ layerScaleInitValue: 0, ...init }).filter((name) => !bare.includes(name));
  assert.equal(added({ useMaskToken: true }), ['embeddings.mask_token']);
  assert.equal(added({ useAbsolutePositionEmbeddings: true }), ['embeddings.position_embeddings']);
  assert.equal(added({ layerScaleInitValue: 0.1 }).length, 4);
  assert.equal(added({ useRelativePositionBias: true }).length, 2);
  assert.equal(added({ useSharedRelativePositionBias: true }).length, 1);
  assert.equal(added({ useMeanPooling: false }), ['layernorm.weight', 'layernorm.bias']);
  assert.not.ok(bare.some((name) => name.endsWith('key.bias')));
});

test.run();
