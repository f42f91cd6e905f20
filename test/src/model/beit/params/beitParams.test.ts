import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Backend, Kinds } from '../../../../../src/backend.ts';
import { modelConfig } from '../../../../../src/loading/modelConfig.ts';
import type { Architecture } from '../../../../../src/model/beit/architecture.ts';
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
async function slotsOf(config: BeitConfig, given?: Promise<Architecture>): Promise<Record<string, string>> {
  const architecture = await (given ?? architectureOf(config));
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
    const checkpoint = await openCheckpoint(filesOf({ 'model.safetensors': bytes }));
    const { tensors } = checkpoint;
    const saved: Record<string, string> = {};
    for (const [stored, canonical] of canonicalNames(tensors.keys())) {
      if (canonical) saved[canonical] = tensors.get(stored)!.shape.join();
    }
    const { config } = await modelConfig(json, checkpoint);
    const slots = await slotsOf(
      config,
      /no_pooler|vit_mae/.test(name) ? architectureNamed('BeitModel', false) : undefined,
    );
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

test('switches of the config add what they name', async () => {
  const names = async (init: object) => Object.keys(await slotsOf(new BeitConfig({ ...TINY, ...init })));
  const bare = await names({ layerScaleInitValue: 0 });
  const added = async (init: object) => {
    return (await names({ layerScaleInitValue: 0, ...init })).filter((name) => !bare.includes(name));
  };
  assert.equal(await added({ useMaskToken: true }), ['embeddings.mask_token']);
  assert.equal(await added({ useAbsolutePositionEmbeddings: true }), ['embeddings.position_embeddings']);
  assert.equal((await added({ layerScaleInitValue: 0.1 })).length, 4);
  assert.equal((await added({ useRelativePositionBias: true })).length, 2);
  assert.equal((await added({ useSharedRelativePositionBias: true })).length, 1);
  assert.equal(await added({ useMeanPooling: false }), ['layernorm.weight', 'layernorm.bias']);
  assert.not.ok(bare.some((name) => name.endsWith('key.bias')));
});

test.run();
