// node scripts/run.mjs test/slow/hostileConfigs.ts [SECONDS A CASE]
// Every field of every JSON file that is read × every hostile value: what is refused is refused with a BeitError, and no file
// takes more memory than MOST_MB or more time than the first argument. Prints the worst.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BeitError } from '../../src/errors.ts';
import { BeitImageProcessor } from '../../src/loading/imageProcessors.ts';
import { CONFIG_FIELDS } from '../../src/model/beit/config/configFields.ts';
import { BeitBackbone } from '../../src/pretrained/beitBackbone.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { BeitForSemanticSegmentation } from '../../src/pretrained/beitForSemanticSegmentation.ts';
import { DPTForDepthEstimation } from '../../src/pretrained/dptForDepthEstimation.ts';

/** What one file may add to the process, what earlier ones left behind collected. */
const MOST_MB = 300;
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** Unit: megabytes. */
function resident(): number {
  return process.memoryUsage().rss / 1e6;
}
const seconds = Number(process.argv[2] ?? 20);
const FOLDER = 'fixtures/models/cls';
const read = (path: string) => new Uint8Array(readFileSync(path));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
/** As they stand in the file: some are no JSON that `JSON.stringify` writes. */
const VALUES: Readonly<Record<string, string>> = {
  null: 'null',
  true: 'true',
  zero: '0',
  minus: '-1',
  half: '0.5',
  huge: '1e308',
  beyond: '1e999',
  million: '1000000',
  billion: '1000000000',
  safe: '9007199254740991',
  NaN: 'NaN',
  Infinity: '-Infinity',
  empty: '""',
  text: '"\\u0000\\u001b[31m\\u202e\\n"',
  long: JSON.stringify('x'.repeat(900_000)),
  list: '[]',
  object: '{}',
  mixed: '[1,"a",null,{}]',
  ones: JSON.stringify(Array(400_000).fill(1)),
  names: JSON.stringify(Array(100_000).fill('stage1')),
  labels: JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [i, 'x']))),
  deepList: nested(60, '[', ']'),
  deeperList: nested(100_000, '[', ']'),
  deeperObject: nested(100_000, '{"a":', '}').replace('"a":}', '"a":1}'),
  calls: '{"toString":1,"valueOf":2,"toJSON":3}',
  listOfCalls: '[{"toString":1},{"valueOf":1}]',
  prototype: '{"__proto__":{"x":1},"constructor":null}',
  size: '{"height":1000000,"width":1000000}',
  edge: '{"shortest_edge":999999}',
  pair: '[8192,8192]',
};

/** The text of `base` with `field` at `value`. */
function withField(base: Record<string, unknown>, field: string, value: string): string {
  const { [field]: _, ...others } = base;
  const rest = JSON.stringify(others).slice(1);
  return `{${JSON.stringify(field)}:${value}${rest === '}' ? rest : `,${rest}`}`;
}

const CONFIG = json(`${FOLDER}/config.json`);
const PROCESSOR = json('fixtures/beit-digits/preprocessor_config.json');
const CONFIG_NAMES = [
  ...CONFIG_FIELDS.map(([, name]) => name),
  ...['id2label', 'label2id', 'num_labels', 'problem_type', 'architectures', 'model_type', 'segmentation_indices'],
  ...['output_attentions', 'quantization_config', 'backbone_config', 'architecture', 'pretrained_cfg', 'unknown'],
];
const PROCESSOR_NAMES = [
  ...new Set([...Object.keys(PROCESSOR), 'reduce_labels', 'crop_pct', 'size_divisor', 'unknown']),
];
const weights = read(`${FOLDER}/model.safetensors`);
const picture = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 as const };

type Attempt = (text: string) => Promise<unknown>;
const bytes = (text: string) => new TextEncoder().encode(text);
const load =
  (Model: typeof BeitForImageClassification | typeof BeitBackbone | typeof BeitForSemanticSegmentation): Attempt =>
  async (text) => {
    const source = { 'config.json': bytes(text), 'model.safetensors': weights };
    (await Model.fromPretrained(source, { threads: 1 })).dispose();
  };
/** Fields around a backbone, and those of DPT's own encoder. */
const depth = (name: string): readonly [string, Record<string, unknown>, readonly string[], Attempt] => {
  const folder = `fixtures/models/${name}`;
  const own = read(`${folder}/model.safetensors`);
  const base = json(`${folder}/config.json`);
  const attempt: Attempt = async (text) => {
    const source = { 'config.json': bytes(text), 'model.safetensors': own };
    (await DPTForDepthEstimation.fromPretrained(source, { threads: 1 })).dispose();
  };
  const more = ['max_depth', 'hidden_act', 'readout_type', 'head_in_index', 'reassemble_factors', 'neck_hidden_sizes'];
  return [name, base, [...new Set([...Object.keys(base), ...more, 'head_hidden_size', 'is_hybrid'])], attempt];
};
const FILES: readonly (readonly [string, Record<string, unknown>, readonly string[], Attempt])[] = [
  ['classifier', CONFIG, CONFIG_NAMES, load(BeitForImageClassification)],
  ['segmentation', json('fixtures/models/seg/config.json'), CONFIG_NAMES, load(BeitForSemanticSegmentation)],
  ['backbone', json('fixtures/models/backbone/config.json'), CONFIG_NAMES, load(BeitBackbone)],
  depth('depth_anything_metric'),
  depth('dpt_vit'),
  [
    'initialized',
    { ...CONFIG, vocab_size: 16 },
    CONFIG_NAMES,
    async (text) => {
      const { BeitConfig } = await import('../../src/model/beit/config/config.ts');
      const { parseJson } = await import('../../src/json.ts');
      const config = BeitConfig.fromJSON(parseJson(text, 'InvalidConfig', 'config.json'));
      JSON.stringify(config);
    },
  ],
  [
    'processor',
    PROCESSOR,
    PROCESSOR_NAMES,
    async (text) => {
      const processor = await BeitImageProcessor.fromPretrained({ 'preprocessor_config.json': bytes(text) });
      const { width, height } = { width: 0, height: 0, ...processor.config.size };
      if (width * height < 1e6) await processor.preprocess(picture);
    },
  ],
];

let count = 0;
let failed = 0;
const worst: { name: string; mb: number; seconds: number }[] = [];
for (const [file, base, fields, attempt] of FILES) {
  for (const field of fields) {
    for (const [kind, value] of Object.entries(VALUES)) {
      const name = `${file}: ${field} = ${kind}`;
      if (resident() > 400) collect();
      const before = resident();
      const started = performance.now();
      count++;
      try {
        await attempt(withField(base, field, value));
      } catch (error) {
        const fine =
          error instanceof BeitError && error.message.length < 4100 && !/[\p{Cc}\u202e]/u.test(error.message);
        if (!fine) {
          failed++;
          console.log(`FAIL ${name}: ${String(error).slice(0, 200)}`);
        }
      }
      const took = (performance.now() - started) / 1000;
      const mb = resident() - before;
      worst.push({ name, mb, seconds: took });
      if (took > seconds || mb > MOST_MB) {
        failed++;
        console.log(`FAIL ${name}: ${took.toFixed(1)} s, ${mb.toFixed(0)} MB`);
      }
    }
  }
}
worst.sort((a, b) => b.mb - a.mb);
console.log(
  `most memory: ${worst
    .slice(0, 3)
    .map(({ name, mb }) => `${name} (${mb.toFixed(0)} MB)`)
    .join(', ')}`,
);
worst.sort((a, b) => b.seconds - a.seconds);
console.log(
  `most time: ${worst
    .slice(0, 3)
    .map(({ name, seconds: s }) => `${name} (${s.toFixed(2)} s)`)
    .join(', ')}`,
);
console.log(`${count} files, ${failed} failed, peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
process.exitCode = failed > 0 ? 1 : 0;
