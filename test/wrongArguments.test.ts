import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as lib from '../src/index.ts';

/** Everything public, called with what it does not take: whatever is refused is refused with a `BeitError`. */
const test = suite('wrongArguments');

process.env.HF_HUB_OFFLINE = '1';
const WRONG: readonly unknown[] = [undefined, null, 5, '', '\0', true, [], [1, 2], {}, { dims: 1 }, () => undefined];

type Call = (...args: unknown[]) => unknown;
/** What is called, with arguments that are right: each in turn is replaced, and those behind it left out. */
type Called = readonly [name: string, call: unknown, ...right: readonly unknown[]];

const floats = (...dims: number[]) => new lib.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b)), dims);
const pixelValues = floats(1, 3, 16, 16);
const picture = { data: new Uint8Array(768), width: 16, height: 16, channels: 3 };
const classes = new lib.Tensor('int32', new Int32Array(256), [16, 16]);
const small = { hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 1, intermediateSize: 8, imageSize: 16 };
const config = new lib.BeitConfig({ ...small, useMaskToken: true });
const file = (path: string) => new Uint8Array(readFileSync(path));
const nowhere = () => ({ write() {}, close() {} });
const made = (make: (...args: never[]) => unknown) => make;

/** `call` with one option after another. */
function options(name: string, call: (options: object) => unknown, keys: readonly string[]): Called[] {
  return keys.map((key) => [`${name}, ${key}`, (value: unknown) => call({ [key]: value })]);
}

async function leaks(calls: readonly Called[]): Promise<string[]> {
  const found: string[] = [];
  let refusals = 0;
  for (const [name, call, ...right] of calls) {
    for (let at = 0; at < Math.max(1, right.length); at++) {
      for (const wrong of WRONG) {
        try {
          const result = await (call as Call)(...right.slice(0, at), wrong);
          if (result instanceof Object && 'dispose' in result) (result.dispose as () => void)();
        } catch (error) {
          refusals++;
          const shown = typeof wrong === 'function' ? 'a function' : JSON.stringify(wrong);
          if (!(error instanceof lib.BeitError)) found.push(`${name}, argument ${at}, ${shown}: ${error}`);
        }
      }
    }
  }
  assert.ok(refusals > calls.length, `${refusals} refusals of ${calls.length} calls`);
  return found;
}

test('functions and constructors', async () => {
  const core = file('dist/core.strict.wasm');
  const masking = { height: 4, width: 4, numMaskingPatches: 4, minNumPatches: 1 };
  const calls: Called[] = [
    ['attentionRollout', lib.attentionRollout, [floats(1, 1, 5, 5)], { height: 2, width: 2 }, 'class'],
    ['attentionMaps', lib.attentionMaps, floats(1, 1, 5, 5), { height: 2, width: 2 }, 'class'],
    ['heatOverlay', lib.heatOverlay, picture, floats(4, 4)],
    ['segmentOverlay', lib.segmentOverlay, picture, classes, lib.ADE20K_PALETTE, {}],
    ['urlFiles', lib.urlFiles],
    ['decode', lib.decode, file('fixtures/beit-digits/scans/0005-5.png'), {}],
    ['encodePng', lib.encodePng, picture],
    ['postProcess', lib.postProcessSemanticSegmentation, floats(1, 2, 2, 2), [[3, 3]], {}],
    ['BlockMasking', made((given) => new lib.BlockMasking(given).next()), masking],
    ['BeitConfig', made((given) => new lib.BeitConfig(given)), {}],
    ['BeitConfig.fromJSON', lib.BeitConfig.fromJSON, {}],
    ['Tensor', made((...given: [never, never, never]) => new lib.Tensor(...given)), 'bool', new Uint8Array(1), [1]],
    ['init', (source: never) => source !== core && lib.init(source)],
    ...options('init', (source) => lib.init(source as never), ['module', 'bytes', 'url']),
    ['memoryPlan', lib.memoryPlan, config, 'BeitModel', {}],
    ['runtimeInfo', lib.runtimeInfo],
    ['pipeline', lib.pipeline, 'image-classification', 'fixtures/beit-digits', {}],
  ];
  assert.equal(await leaks(calls), []);
});

test('image processors', async () => {
  for (const Processor of [lib.BeitImageProcessor, lib.BeitFeatureExtractor]) {
    const processor = new Processor({ size: 8, cropSize: 8 });
    const keys = ['signal', 'segmentationMaps', 'maxPixels', 'labelResample', 'cropConvention', 'size', 'resample'];
    const segmented = { logits: floats(1, 2, 2, 2) };
    const calls: Called[] = [
      ['new', made((given) => new Processor(given)), {}],
      ['fromConfig', Processor.fromConfig.bind(Processor as never), {}],
      ['fromPretrained', Processor.fromPretrained.bind(Processor as never), 'fixtures/beit-digits', {}],
      ['preprocess', processor.preprocess.bind(processor), picture, {}],
      ['postProcess', processor.postProcessSemanticSegmentation.bind(processor), segmented, [[3, 3]], {}],
      ...options('preprocess', (given) => processor.preprocess(picture, given), keys),
    ];
    assert.equal(await leaks(calls), []);
  }
});

const LOADING = [
  ...[
    'config',
    'signal',
    'dtype',
    'file',
    'resizeTables',
    'maxBatch',
    'seed',
    'threads',
    'simd',
    'onProgress',
    'fetch',
  ],
  ...[
    'onWarning',
    'useEma',
    'allowUnexpected',
    'worker',
    'allowMissing',
    'allowStubs',
    'revision',
    'token',
    'cacheDir',
  ],
];

test('options of loading', async () => {
  const load = (given: object) => lib.BeitModel.fromPretrained('fixtures/models/cls', { threads: 1, ...given });
  assert.equal(await leaks(options('fromPretrained', load, LOADING)), []);
});

const INPUTS = [
  ...['labels', 'headMask', 'boolMaskedPos', 'signal', 'problemType', 'compatibility'],
  ...['outputAttentions', 'outputHiddenStates', 'interpolatePosEncoding'],
];
test('models', async () => {
  const folders = {
    BeitForMaskedImageModeling: 'mim',
    BeitForSemanticSegmentation: 'seg',
    BeitBackbone: 'backbone',
    DeiTForImageClassificationWithTeacher: 'deit_teacher',
    DPTForDepthEstimation: 'dpt_beit',
  };
  // the classes of other families have the functions of these
  const models = Object.entries(lib).filter(([, value]) => Object.hasOwn(value as object, 'architecture')) as [
    string,
    typeof lib.BeitModel,
  ][];
  assert.is(models.length, 7);
  for (const [name, Model] of models) {
    const folder = `fixtures/models/${(folders as Record<string, string>)[name] ?? 'cls'}`;
    using model = await Model.fromPretrained(folder, { threads: 1 });
    const calls: Called[] = [
      ['fromPretrained', Model.fromPretrained.bind(Model), folder, {}],
      ['fromConfig', Model.fromConfig.bind(Model), config, {}],
      ['forward', model.forward.bind(model), { pixelValues }],
      ['savePretrained', model.savePretrained.bind(model), nowhere, {}],
      ...options('forward', (given) => model.forward({ pixelValues, ...given }), INPUTS),
      ...options('savePretrained', (given) => model.savePretrained(nowhere, given), ['dtype', 'shardSize', 'signal']),
    ];
    assert.equal(await leaks(calls), [], name);
  }
});

test('pipelines', async () => {
  const folder = { 'fill-mask-image': 'mim', 'image-segmentation': 'seg' } as Record<string, string>;
  const processor = new TextEncoder().encode('{"size": 16}');
  for (const task of [
    'image-classification',
    'image-feature-extraction',
    'image-segmentation',
    'fill-mask-image',
  ] as const) {
    const names = ['config.json', 'model.safetensors'];
    const files = names.map((name) => [name, file(`fixtures/models/${folder[task] ?? 'cls'}/${name}`)] as const);
    using run = await lib.pipeline(task, { ...Object.fromEntries(files), 'preprocessor_config.json': processor });
    const more = ['embed', 'segment'].filter((name) => name in run);
    const methods = more.map((name): Called => [name, (run as never)[name], picture, {}]);
    const keys = ['signal', 'topK', 'pool', 'mask', 'share', 'seed'];
    const calls: Called[] = [
      ['call', run, picture, {}],
      ...methods,
      ...options('call', (given) => (run as Call)(picture, given), keys),
    ];
    assert.equal(await leaks(calls), [], task);
  }
});

test.run();
