import { BeitConfig, type BeitConfigInit } from '../../src/model/beit/config/config.ts';
import type { ModelType } from '../../src/model/beit/config/family.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { BeitModel } from '../../src/pretrained/beitModel.ts';
import { DeiTForImageClassificationWithTeacher } from '../../src/pretrained/deitForImageClassificationWithTeacher.ts';
import { bytesSource, type ModelFiles } from '../../src/weights/bytes/byteSource.ts';
import { readSafetensors } from '../../src/weights/safetensors/safetensors.ts';
import { memoryFolder } from '../../test/memoryFolder.ts';
import { recipeFiles } from '../../test/reference/recipeFiles.ts';

/** Classes of the models whose outputs are compared. */
export const CLASSES = { BeitForImageClassification, DeiTForImageClassificationWithTeacher, BeitModel };

/** One model of a family: its class here, and its files with random weights. */
export interface FamilyModel {
  readonly name: string;
  readonly class: keyof typeof CLASSES;
  /** Whether the recorder of ONNX files knows its head: not two classifiers, not a class token beside a mean. */
  readonly hasOnnx: boolean;
  readonly make: () => Promise<ModelFiles>;
}

/** The small size of the papers: width 384, six heads, twelve blocks; pictures of 224, a thousand classes. */
const SMALL: BeitConfigInit = { hiddenSize: 384, intermediateSize: 1536, numAttentionHeads: 6, numLabels: 1000 };
const ABSOLUTE: BeitConfigInit = { useAbsolutePositionEmbeddings: true, layerScaleInitValue: 0, useMeanPooling: false };
const SEED = 19;

/** One model of each family besides BEiT. MAE has no classifier: its class token is compared. */
export const FAMILY_MODELS: readonly FamilyModel[] = [
  model('ViT', 'vit', ABSOLUTE),
  model('DeiT, distilled', 'deit', ABSOLUTE, 'DeiTForImageClassificationWithTeacher'),
  model('DINOv2', 'dinov2', { ...ABSOLUTE, layerScaleInitValue: 1, patchSize: 14 }),
  model('DINOv2 with registers', 'dinov2_with_registers', {
    ...ABSOLUTE,
    layerScaleInitValue: 1,
    patchSize: 14,
    numRegisterTokens: 4,
  }),
  model('data2vec', 'data2vec-vision', { useRelativePositionBias: true }),
  model('DiT', 'beit', { useAbsolutePositionEmbeddings: true }),
  model('MSN', 'vit_msn', ABSOLUTE),
  model('MAE', 'vit_mae', ABSOLUTE, 'BeitModel'),
  model('timm, sub-norms of BEiT-3', 'timm_vit', {
    ...ABSOLUTE,
    useMeanPooling: true,
    subNorms: true,
  }),
];

function model(
  name: string,
  modelType: ModelType,
  fields: BeitConfigInit,
  className: keyof typeof CLASSES = 'BeitForImageClassification',
): FamilyModel {
  // as Python's config says it, which has defaults of its own for what the file leaves out
  const config = BeitConfig.fromJSON(new BeitConfig({ ...SMALL, ...fields, modelType }).toJSON());
  const hasOnnx = className === 'BeitForImageClassification' && !config.family.classAndMean;
  return { name, class: className, hasOnnx, make: () => withRandomWeights(config, className) };
}

/** A checkpoint of the names and shapes that the class saves, filled from the recipe of the tests. */
async function withRandomWeights(config: BeitConfig, className: keyof typeof CLASSES): Promise<ModelFiles> {
  const { files, create } = memoryFolder();
  using empty = await CLASSES[className].fromConfig(config, { threads: 1 });
  await empty.savePretrained(create);
  const { tensors } = await readSafetensors(bytesSource('model.safetensors', files['model.safetensors']));
  const shapes = Object.fromEntries([...tensors.values()].map(({ name, shape }) => [name, shape]));
  return recipeFiles({ config: JSON.parse(new TextDecoder().decode(files['config.json'])), shapes, seed: SEED });
}
