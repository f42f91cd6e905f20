import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AugmentOptions } from '../../src/augment/augment.ts';
import type { ImageProcessorOptions } from '../../src/image/process/imageProcessorConfig.ts';
import type { PreprocessOptions } from '../../src/image/process/preprocess.ts';
import * as lib from '../../src/index.ts';
import type { PictureOptions } from '../../src/input/pictureInput.ts';
import type { LoadOptions } from '../../src/loading/loadModel.ts';
import type { SavePretrainedOptions } from '../../src/loading/savePretrained.ts';
import type { BlockMaskingOptions } from '../../src/model/beit/masking/blockMasking.ts';
import { checkOptions, type OPTIONS, ownNames } from '../../src/options.ts';
import type { FillMaskOptions } from '../../src/pipelines/fillMaskImage.ts';
import type { ClassificationOptions } from '../../src/pipelines/imageClassification.ts';
import type { FeatureOptions } from '../../src/pipelines/imageFeatureExtraction.ts';
import type { ForwardInput } from '../../src/pretrained/request.ts';
import { createServer, listen } from '../../src/serve/index.ts';
import type { ListenOptions } from '../../src/serve/listen.ts';
import type { ModelSpec } from '../../src/serve/modelRepository.ts';
import type { ServerOptions } from '../../src/serve/server.ts';
import type { VisualTokenizerOptions } from '../../src/tokenizer/visualTokenizer.ts';
import type { AdaptedOptions } from '../../src/train/adaptedClassifier.ts';
import type { EvaluateOptions } from '../../src/train/evaluate.ts';
import type { FineTuneOptions } from '../../src/train/fineTuneOptions.ts';
import { fineTune, Trainer, trainMemoryPlan } from '../../src/train/index.ts';
import type { LoraOptions } from '../../src/train/lora.ts';
import type { PretrainOptions } from '../../src/train/pretrainOptions.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';

const test = suite('options');

type Names<S extends string> = S extends `${infer First} ${infer Rest}` ? First | Names<Rest> : S;
/** Never, when the names of the table are the keys of a type. */
type Differences<O, K extends keyof typeof OPTIONS> =
  | Exclude<keyof O, Names<(typeof OPTIONS)[K]>>
  | Exclude<Names<(typeof OPTIONS)[K]>, keyof O>;
/** A row that does not compile names what is missing or too much. */
const differences: readonly never[] = [] as readonly (
  | Differences<Omit<LoadOptions, 'startThread' | 'seat'>, 'load'>
  | Differences<VisualTokenizerOptions, 'tokenizer'>
  | Differences<SavePretrainedOptions, 'save'>
  | Differences<ForwardInput & { originalSizes: 0 }, 'forward'>
  | Differences<PictureOptions, 'picture'>
  | Differences<ClassificationOptions, 'classify'>
  | Differences<FeatureOptions, 'features'>
  | Differences<FillMaskOptions, 'fillMask'>
  | Differences<ImageProcessorOptions, 'processor'>
  | Differences<PreprocessOptions, 'preprocess'>
  | Differences<BlockMaskingOptions, 'masking'>
  | Differences<FineTuneOptions, 'fineTune'>
  | Differences<PretrainOptions, 'pretrain'>
  | Differences<EvaluateOptions, 'evaluate'>
  | Differences<AdaptedOptions, 'adapted'>
  | Differences<TrainerOptions, 'trainer'>
  | Differences<LoraOptions, 'lora'>
  | Differences<AugmentOptions, 'augment'>
  | Differences<ServerOptions, 'server'>
  | Differences<ModelSpec, 'served'>
  | Differences<ListenOptions, 'listen'>
)[];

const DIGITS = 'fixtures/beit-digits';
const SCAN = `${DIGITS}/scans/0005-5.png`;

/** The message of a call that must be rejected as `InvalidArgument`. */
async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    // training is an entry of its own, and so is its class of errors
    assert.equal((error as lib.BeitError).code, 'InvalidArgument', String(error));
    return (error as Error).message;
  }
  throw new Error('It was taken');
}

test('the nearest name is told, by its spelling or by what others call it', () => {
  const meant: readonly [given: string, known: string, write: string][] = [
    ['top_k', 'maxPixels topK', 'topK'],
    ['topk', 'maxPixels topK', 'topK'],
    ['top-k', 'maxPixels topK', 'topK'],
    ['output_attentions', 'pixelValues outputAttentions', 'outputAttentions'],
    ['outputAttention', 'pixelValues outputAttentions', 'outputAttentions'],
    ['num_threads', 'threads dtype', 'threads'],
    ['quantized', 'threads dtype', "dtype: 'q8'"],
    ['torch_dtype', 'threads dtype', 'dtype'],
    ['model_file_name', 'file', 'file'],
    ['cache_dir', 'cacheDir', 'cacheDir'],
    ['singal', 'signal', ''],
    ['signl', 'signal', 'signal'],
    ['signals', 'signal', 'signal'],
    ['constructor', 'signal', ''],
  ];
  for (const [given, known, write] of meant) {
    const hint = write ? `write ${write}` : `expected ${known.split(' ').join(', ')}`;
    assert.throws(
      () => checkOptions({ [given]: 1 }, known),
      (error: Error) => error.message === `Invalid options: there is no "${given}" (${hint})`,
      given,
    );
  }
  checkOptions({ signal: undefined, top_k: undefined }, 'signal');
  assert.equal(differences.length, 0);
});

test('names of transformers.js that mean the same are taken', () => {
  const onProgress = () => {};
  const own = (options: object) => ownNames<LoadOptions>(options, 'dtype device onProgress');
  assert.equal(own({ dtype: 'fp32', device: 'auto' }), { dtype: 'f32', device: 'wasm' });
  assert.equal(own({ dtype: 'fp16', device: 'cpu' }), { dtype: 'f16', device: 'wasm' });
  assert.equal(own({ dtype: 'int8', device: 'webgpu' }), { dtype: 'q8', device: 'webgpu' });
  assert.equal(own({ dtype: 'auto', progress_callback: onProgress }), { dtype: undefined, onProgress });
  assert.equal(own({ dtype: 'toString' }), { dtype: 'toString' }, 'left to the check of dtypes');
  for (const [name, write] of [
    ['uint8', 'q8'],
    ['q4f16', 'q4'],
    ['bnb4', 'q4'],
    ['float16', 'f16'],
  ])
    assert.throws(() => own({ dtype: name }), `Invalid dtype: there is no "${name}" (write '${write}')`);
  assert.throws(
    () => ownNames<object>({ progress_callback: onProgress } as object, 'dtype'),
    /there is no "progress_callback"/,
  );
});

test('loaders', async () => {
  const load = (options: object) => () => lib.pipeline('image-classification', DIGITS, options);
  assert.match(await messageOf(load({ num_threads: 1 })), /there is no "num_threads" \(write threads\)/);
  assert.match(await messageOf(load({ dtype: 'q4f16' })), /write 'q4'/);
  assert.match(await messageOf(load({ dtype: 'f64' })), /expected one of f32, f16/);
  for (const Class of [lib.BeitModel, lib.AutoModelForImageClassification] as (typeof lib.BeitModel)[])
    assert.match(await messageOf(() => Class.fromPretrained(DIGITS, { quantized: true } as object)), /dtype: 'q8'/);
  const pooling = { addPoolingLayer: false };
  assert.match(
    await messageOf(() => lib.BeitForImageClassification.fromPretrained(DIGITS, pooling as object)),
    /there is no "addPoolingLayer"/,
  );
  (await lib.BeitModel.fromPretrained(DIGITS, pooling)).dispose();
  assert.match(
    await messageOf(() => lib.BeitImageProcessor.fromPretrained(DIGITS, { cache_dir: '' } as object)),
    /cacheDir/,
  );
  const config = new lib.BeitConfig();
  assert.match(await messageOf(() => lib.BeitModel.fromConfig(config, { seeds: 1 } as object)), /write seed\)/);
  assert.match(
    await messageOf(() => lib.memoryPlan(config, 'BeitModel', { batch_size: 1 } as object)),
    /there is no "batch_size" \(write maxBatch\)/,
  );
  assert.match(await messageOf(() => lib.urlFiles('https://example.org', { header: 1 } as object)), /"header"/);
});

test('calls of pipelines, models and processors', async () => {
  const events: string[] = [];
  const progress_callback = ({ status }: { status: string }) => events.push(status);
  const options = { dtype: 'fp32', device: 'auto', progress_callback } as const;
  const classify = await lib.pipeline('image-classification', DIGITS, options);
  assert.ok(events.includes('ready'), 'progress_callback is called');
  assert.match(await messageOf(() => classify(SCAN, { top_k: 2 } as object)), /there is no "top_k" \(write topK\)/);
  assert.is((await classify(SCAN, { topK: 2 })).length, 2);
  const { model, processor } = classify;
  const inputs = await processor.preprocess(SCAN);
  assert.is((await model.forward(inputs)).logits.dims[1], 10, 'what a processor gives is taken as it is');
  const { pixelValues } = inputs;
  assert.match(
    await messageOf(() => model.forward({ pixelValues, output_attentions: true } as never)),
    /Invalid input: there is no "output_attentions" \(write outputAttentions\)/,
  );
  assert.match(await messageOf(() => model.forward({ pixel_values: pixelValues } as never)), /write pixelValues/);
  const mask = { pixelValues, boolMaskedPos: pixelValues } as never;
  assert.match(await messageOf(() => model.forward(mask)), /there is no "boolMaskedPos"/);
  assert.match(await messageOf(() => processor.preprocess(SCAN, { do_resize: true } as object)), /write doResize/);
  assert.match(await messageOf(() => new lib.BeitImageProcessor({ do_resize: true } as object)), /write doResize/);
  assert.match(
    await messageOf(() => model.savePretrained(() => null as never, { shard_size: 1 } as object)),
    /shardSize/,
  );
  model.dispose();
  const extract = await lib.pipeline('image-feature-extraction', DIGITS);
  assert.match(
    await messageOf(() => extract(SCAN, { pooling: true } as object)),
    /expected maxPixels, truncated, signal, pool\)/,
  );
  assert.match(await messageOf(() => extract.embed(SCAN, { pool: true } as object)), /there is no "pool"/);
  extract.dispose();
  const fill = await lib.pipeline('fill-mask-image', 'fixtures/beit-digits-pt');
  assert.match(await messageOf(() => fill(SCAN, { shares: 0.5 } as object)), /write share\)/);
  fill.dispose();
  const segment = await lib.pipeline('image-segmentation', {
    'config.json': new Blob([await readText('fixtures/models/seg/config.json')]),
    'model.safetensors': new Blob([await readBytes('fixtures/models/seg/model.safetensors')]),
    'preprocessor_config.json': new Blob(['{"size": 16}']),
  });
  for (const call of [segment, segment.segment])
    assert.match(await messageOf(() => call(SCAN, { threshold: 0.5 } as object)), /there is no "threshold"/);
  segment.dispose();
});

test('what works on pictures and tensors', async () => {
  const png = new Uint8Array(await readBytes(SCAN));
  assert.match(await messageOf(() => lib.decode(png, { max_pixels: 1 } as object)), /write maxPixels/);
  assert.match(
    await messageOf(() => new lib.BlockMasking({ height: 8, width: 8, min_aspect: 1 } as never)),
    /minAspect/,
  );
  const logits = new lib.Tensor('float32', new Float32Array(4), [1, 4, 1, 1]);
  const post = () => lib.postProcessSemanticSegmentation(logits, undefined, { return_scores: true } as object);
  assert.match(await messageOf(post), /write returnScores/);
  const picture = { data: [0, 0, 0], width: 1, height: 1, channels: 3 };
  const classes = new lib.Tensor('int32', new Int32Array(1), [1, 1]);
  const overlay = () => lib.segmentOverlay(picture, classes, [[0, 0, 0]], { opacities: 1 } as object);
  assert.match(await messageOf(overlay), /"opacities"/);
});

test('the visual tokenizer', async () => {
  const folder = 'fixtures/tokenizers/dvae';
  const open = () => lib.VisualTokenizer.fromPretrained(folder, { num_threads: 1 } as object);
  assert.match(await messageOf(open), /write threads\)/);
  using tokenizer = await lib.VisualTokenizer.fromPretrained(folder, { device: 'auto' });
  assert.match(await messageOf(() => tokenizer.encode(SCAN, { top_k: 1 } as object)), /there is no "top_k"/);
});

test('training and serving', async () => {
  const train = (options: object) => () => fineTune(DIGITS, [], options);
  assert.match(await messageOf(train({ lr: 1e-3 })), /there is no "lr" \(write learningRate\)/);
  assert.match(await messageOf(train({ batch_size: 1 })), /write batchSize/);
  assert.match(await messageOf(train({ lora: { r: 8 } })), /Invalid lora: there is no "r"/);
  assert.match(await messageOf(train({ augment: { flips: true } })), /Invalid augment.*write flip/);
  assert.match(await messageOf(() => Trainer.open(DIGITS, { batch_size: 1 } as object)), /"batch_size"/);
  const plan = () =>
    trainMemoryPlan(new lib.BeitConfig() as never, 'BeitForImageClassification', { image: 1 } as never);
  assert.match(await messageOf(plan), /write images/);
  const models = { digits: { source: DIGITS } };
  assert.match(await messageOf(() => createServer({ models, max_queue: 1 } as never)), /write maxQueue/);
  const named = { models: { digits: { model: DIGITS, source: DIGITS, num_threads: 1 } } };
  assert.match(await messageOf(() => createServer(named as never)), /Invalid options of the model "digits"/);
  assert.match(await messageOf(() => listen(createServer({ models }), { ports: 0 } as object)), /write port\)/);
});

async function readBytes(path: string): Promise<ArrayBuffer> {
  const { readFile } = await import('node:fs/promises');
  return new Uint8Array(await readFile(path)).buffer;
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path));
}

test.run();
