import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadOptions } from '../../../src/loading/loadModel.ts';
import type { ModelSource } from '../../../src/loading/source.ts';
import { Random } from '../../../src/model/beit/random.ts';
import { AutoModel, AutoModelForImageClassification } from '../../../src/pretrained/auto.ts';
import { Tensor } from '../../../src/tensor.ts';
import { refused } from '../refused.ts';
import { type Typed, typedFile } from '../weights/altered/typedFile.ts';
import { readAll } from '../weights/readAll.ts';

const test = suite('loading/visionExperts');
const TIMM = 'fixtures/timm/beit3';
type Tensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

/** timm's names of a layer and unilm's, of the expert for pictures. */
const IN_BLOCK: readonly (readonly [string, string])[] = [
  ['norm1.', 'self_attn_layer_norm.A.'],
  ['norm2.', 'final_layer_norm.A.'],
  ['attn.norm.', 'self_attn.inner_attn_ln.A.'],
  ['attn.proj.', 'self_attn.out_proj.A.'],
  ['mlp.fc1.', 'ffn.A.fc1.'],
  ['mlp.fc2.', 'ffn.A.fc2.'],
  ['mlp.norm.', 'ffn.A.ffn_layernorm.'],
];

/** The same weights as unilm stores them: experts for text of other values, two rows before the positions, a vocabulary. */
function asUnilm(tensors: Tensors): Record<string, Typed> {
  const out: Record<string, Typed> = {};
  const put = (name: string, shape: readonly number[], data: Float32Array) => {
    out[name] = ['F32', shape, data];
    if (name.includes('.A.')) out[name.replace('.A.', '.B.')] = ['F32', shape, data.map((x) => 2 * x + 1)];
  };
  for (const [name, { shape, data }] of tensors) {
    const [, block, path] = /^blocks\.(\d+)\.(.*)$/.exec(name) ?? [];
    const layer = `beit3.encoder.layers.${block}.`;
    if (path?.startsWith('attn.qkv.')) {
      const third = data.length / 3;
      for (const [i, part] of ['q', 'k', 'v'].entries()) {
        const rows = data.slice(i * third, (i + 1) * third);
        put(`${layer}self_attn.${part}_proj.A.${path.slice(9)}`, [shape[0] / 3, ...shape.slice(1)], rows);
      }
    } else if (path) {
      const [own, theirs] = IN_BLOCK.find(([begin]) => path.startsWith(begin))!;
      put(`${layer}${path.replace(own, theirs)}`, shape, data);
    } else if (name === 'pos_embed') {
      const dim = shape[2];
      const rows = Float32Array.from({ length: data.length + 2 * dim }, (_, i) =>
        i < 2 * dim ? 9 : data[i - 2 * dim],
      );
      put('beit3.encoder.embed_positions.A.weight', [shape[1] + 2, dim], rows);
    } else
      put(
        name.replace(/^cls_token|^patch_embed\./, (found) => `beit3.vision_embed.${found.replace('patch_embed.', '')}`),
        shape,
        data,
      );
  }
  const dim = tensors.get('cls_token')!.shape[2];
  put('beit3.text_embed.weight', [5, dim], new Float32Array(5 * dim));
  put('beit3.vision_embed.mask_token', [1, 1, dim], new Float32Array(dim));
  return out;
}

async function logitsOf(source: ModelSource, pixels: Tensor, options: LoadOptions = {}): Promise<Float32Array> {
  using model = await AutoModelForImageClassification.fromPretrained(source, { threads: 1, ...options });
  return (await model.forward({ pixelValues: pixels })).logits.data;
}

const folder = (model: Uint8Array) => ({ 'model.safetensors': model });
const timm = await readAll({ open: async (name) => fixture(name) });

async function fixture(name: string) {
  const { bytesSource } = await import('../../../src/weights/bytes/byteSource.ts');
  return name === 'model.safetensors' ? bytesSource(name, new Uint8Array(readFileSync(`${TIMM}/${name}`))) : null;
}

test("unilm's file of a BEiT-3 gives the bits of the same weights in timm's file", async () => {
  using model = await AutoModel.fromPretrained(TIMM, { threads: 1 });
  const { config } = model;
  const pixels = new Tensor(
    'float32',
    Float32Array.from({ length: 2 * 3 * 144 }, (_, i) => Math.sin(i)),
    [2, 3, 12, 12],
  );
  const unilm = await typedFile(asUnilm(timm));
  const ours = await logitsOf(folder(unilm), pixels, { config });
  assert.equal(ours, await logitsOf(TIMM, pixels));
  const { lastHiddenState } = await model.forward({ pixelValues: pixels });
  using body = await AutoModel.fromPretrained(folder(unilm), { config, threads: 1 });
  assert.equal((await body.forward({ pixelValues: pixels })).lastHiddenState.data, lastHiddenState.data);
  for (const dtype of ['f16', 'q8'] as const)
    assert.equal(
      await logitsOf(folder(unilm), pixels, { config, dtype }),
      await logitsOf(TIMM, pixels, { dtype }),
      dtype,
    );
});

test('without a config, names and shapes tell it', async () => {
  const random = new Random(3);
  const dim = 192;
  const shapes: Record<string, number[]> = {};
  for (const [name, { shape }] of timm) {
    const scaled = shape.map((d) => ({ 12: dim, 36: 3 * dim, 48: 4 * dim })[d] ?? d);
    if (!name.startsWith('blocks.1.')) shapes[name] = name === 'patch_embed.proj.weight' ? [dim, 3, 4, 4] : scaled;
  }
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.1 * random.normal());
      return [name, { shape, data }];
    }),
  );
  const asTimm = Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, ['F32', shape, data] as const]),
  );
  const pixels = new Tensor(
    'float32',
    Float32Array.from({ length: 3 * 144 }, (_, i) => Math.cos(i)),
    [1, 3, 12, 12],
  );
  const unilm = folder(await typedFile(asUnilm(tensors)));
  using model = await AutoModel.fromPretrained(unilm, { threads: 1 });
  const { modelType, numAttentionHeads, imageSize, patchSize, layerNormEps, subNorms, useMeanPooling } = model.config;
  assert.equal(
    { modelType, numAttentionHeads, imageSize, patchSize, layerNormEps, subNorms, useMeanPooling },
    {
      modelType: 'timm_vit',
      numAttentionHeads: 3,
      imageSize: 12,
      patchSize: 4,
      layerNormEps: 1e-5,
      subNorms: true,
      useMeanPooling: true,
    },
  );
  assert.equal(await logitsOf(unilm, pixels), await logitsOf(folder(await typedFile(asTimm)), pixels));
});

test('a file of another task has no classifier; its encoder opens with a warning', async () => {
  using timmModel = await AutoModel.fromPretrained(TIMM, { threads: 1 });
  const { config } = timmModel;
  const tensors = asUnilm(timm);
  for (const name of ['head.weight', 'head.bias', 'fc_norm.weight', 'fc_norm.bias']) delete tensors[name];
  tensors['vision_head.weight'] = ['F32', [12, 12], new Float32Array(144)];
  tensors['beit3.encoder.layer_norm.A.weight'] = ['F32', [12], new Float32Array(12).fill(1)];
  tensors['beit3.encoder.layer_norm.A.bias'] = ['F32', [12], new Float32Array(12)];
  const file = folder(await typedFile(tensors));
  const told: string[] = [];
  const fields = { ...config.toJSON(), final_norm: 'tokens', use_mean_pooling: false };
  const own = (await import('../../../src/model/beit/config/config.ts')).BeitConfig.fromJSON(fields);
  using body = await AutoModel.fromPretrained(file, {
    config: own,
    threads: 1,
    onWarning: (line) => void told.push(line),
  });
  assert.match(told.join(), /vision_head\.weight/);
  const pixels = new Tensor('float32', new Float32Array(432), [1, 3, 12, 12]);
  assert.ok((await body.forward({ pixelValues: pixels })).lastHiddenState.data.every(Number.isFinite));
  await refused(logitsOf(file, pixels, { config: own }), 'CheckpointMismatch', /"classifier\.weight"/);
});

test.run();
