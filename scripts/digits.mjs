// node scripts/digits.mjs pretrain|scratch|finetune|few|head|lora [--epochs N] [--threads N]
// [--encoder FOLDER] [--per-class N] [--draws N] [--start random|pre-trained]
// Makes the digits models from seeds with our own training, and prints how well they read the 360 held-out scans. Writes into
// build/digits. Build first: node scripts/build.mjs --dev
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BeitImageProcessor } from '../dist/index.node.js';
import { evaluate, fineTune, PatchCodebook, pretrain } from '../dist/train.node.js';

const OUT = 'build/digits';
const PROCESSOR = 'fixtures/beit-digits';
/** As a hand varies. */
const affine = { degrees: 15, scale: 1.15, shear: 0.2, translate: 0.125 };
/** The same for every classifier. */
const recipe = { weightDecay: 0.05, maxGradientNorm: 1, labelSmoothing: 0.1, augment: { affine } };
/** For what is trained whole on all labels: small steps, and the moving average of the weights. */
const whole = { train: 'all', batchSize: 16, learningRate: 1e-3, averageDecay: 0.998 };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: 'string' },
    threads: { type: 'string', default: '2' },
    encoder: { type: 'string', default: `${OUT}/pt` },
    'per-class': { type: 'string' },
    draws: { type: 'string', default: '3' },
    start: { type: 'string' },
  },
});
const threads = Number(values.threads);
const epochsOr = (epochs) => Number(values.epochs ?? epochs);

const processor = await BeitImageProcessor.fromPretrained(PROCESSOR);
const [train, heldOut] = await Promise.all(
  ['fixtures/train/digits.safetensors', 'fixtures/beit-digits/heldout.safetensors'].map(readScans),
);

/** Scans as pictures of the model's size, so that they are turned and moved at that size. */
async function readScans(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const part = (name) => bytes.subarray(...header[name].data_offsets.map((at) => at + 8 + length));
  const [count] = header.labels.shape;
  const [images, labels] = [part('images'), part('labels')];
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const scan = { data: new Uint8Array(images.subarray(i * 64, (i + 1) * 64)), width: 8, height: 8, channels: 1 };
      return { image: await resized(scan), label: String(labels[(i * labels.length) / count]), name: `scan ${i}` };
    }),
  );
}

async function resized(scan) {
  const { pixelValues } = await processor.preprocess(scan);
  const { data, dims } = pixelValues; // [1, 3, 32, 32], −1 to 1
  const [height, width] = dims.slice(2);
  const rgb = new Uint8Array(height * width * 3);
  for (let i = 0; i < rgb.length; i++)
    rgb[i] = Math.round((data[(i % 3) * height * width + Math.floor(i / 3)] + 1) * 127.5);
  return { data: rgb, width, height, channels: 3 };
}

const report = ({ status, ...at }) => {
  if (status !== 'epoch' || at.epoch % 5 > 0) return;
  const seconds = Math.round(process.cpuUsage().user / 1e6);
  console.log(`epoch ${at.epoch}: loss ${at.loss.toFixed(4)}, ${seconds} s of CPU`);
};

const commands = {
  /** Visual tokens of patches, and an encoder that guesses them: no label is used. The recipe is that of fixtures/make/pretrain.py. */
  async pretrain() {
    const pixels = await Promise.all(train.map(async (scan) => (await processor.preprocess(scan.image)).pixelValues));
    const tokenizer = PatchCodebook.fit(pixels, { codes: 128, patchSize: 4, seed: 11 });
    const trained = await pretrain('fixtures/beit-digits-pt', train, {
      tokenizer,
      randomWeights: true,
      epochs: epochsOr(400),
      batchSize: 64,
      learningRate: 2e-3,
      weightDecay: 0.05,
      maxGradientNorm: 1,
      warmUp: 5 / epochsOr(400),
      validation: 0.1,
      masking: { numMaskingPatches: 26, minNumPatches: 5 },
      augment: { affine },
      ...resumable('pretrain'),
      seed: 11,
      threads,
      onTraining: report,
    });
    const { loss, accuracy } = trained.history.at(-1).validation;
    console.log(
      `hidden tokens of held-out scans: ${(100 * accuracy).toFixed(2)} % right, cross entropy ${loss.toFixed(3)}`,
    );
    await trained.save(`${OUT}/pt`);
    await tokenizer.save(`${OUT}/pt`);
    trained.dispose();
  },

  async scratch() {
    await allLabels('scratch', 'fixtures/beit-digits', { ...whole, randomWeights: true, epochs: epochsOr(150) });
  },

  async finetune() {
    await allLabels('finetuned', values.encoder, { ...whole, epochs: epochsOr(30) });
  },

  /** A last layer over the model that PyTorch pre-trained. */
  async head() {
    await allLabels('head', 'fixtures/beit-digits-pt', {
      train: 'head',
      batchSize: 32,
      epochs: epochsOr(100),
      learningRate: 0.03,
      augment: undefined,
    });
  },

  async lora() {
    await allLabels('lora', 'fixtures/beit-digits-pt', {
      train: 'lora',
      lora: {
        rank: 8,
        targets: ['query', 'key', 'value', 'attention.output.dense', 'intermediate.dense', 'output.dense'],
      },
      batchSize: 32,
      epochs: epochsOr(20),
      learningRate: 4e-3,
    });
  },

  /** What pre-training is worth with few labels: 300 steps of 16 scans, three draws of the labelled scans. */
  async few() {
    const counts = values['per-class'] ? [Number(values['per-class'])] : [5, 10, 20];
    for (const perClass of counts)
      for (const [start, source] of [
        ['random weights', 'fixtures/beit-digits-pt'],
        ['pre-trained', values.encoder],
      ]) {
        if (values.start && !start.startsWith(values.start)) continue;
        const accuracies = [];
        for (let seed = 0; seed < Number(values.draws); seed++)
          accuracies.push(await fewLabels(source, start, perClass, seed));
        const mean = accuracies.reduce((a, b) => a + b) / accuracies.length;
        const each = accuracies.map((x) => (100 * x).toFixed(1)).join(', ');
        console.log(`${perClass} a digit, ${start}: ${(100 * mean).toFixed(1)} % (${each})`);
      }
  },
};

/** A run that was killed goes on where it was. */
const resumable = (name) => {
  const folder = `${OUT}/run-${name}`;
  return { checkpointTo: folder, resumeFrom: existsSync(folder) ? folder : undefined };
};

/** The held-out scans are read once, when training is over: nothing is chosen by them. */
async function allLabels(name, source, options) {
  const tuned = await fineTune(source, train, {
    ...recipe,
    warmUp: 0.05,
    ...options,
    ...resumable(name),
    validation: 0,
    seed: 7,
    threads,
    onTraining: report,
  });
  const seconds = Math.round(process.cpuUsage().user / 1e6);
  await tuned.save(`${OUT}/${name}`);
  tuned.dispose();
  const { accuracy } = await evaluate(`${OUT}/${name}`, heldOut, { threads });
  const right = Math.round(accuracy * heldOut.length);
  console.log(`${name}: ${right} of ${heldOut.length} right (${(100 * accuracy).toFixed(2)} %), ${seconds} s of CPU`);
}

async function fewLabels(source, start, perClass, seed) {
  const taken = new Map();
  // a stride that is another for each seed, so that the three draws differ
  const order = train.map((_, i) => train[(i * (101 + 2 * seed) + 17 * seed) % train.length]);
  const chosen = order.filter(({ label }) => {
    taken.set(label, (taken.get(label) ?? 0) + 1);
    return taken.get(label) <= perClass;
  });
  const epochs = Math.ceil(300 / Math.ceil(chosen.length / 16));
  const tuned = await fineTune(source, chosen, {
    ...recipe,
    train: 'all',
    randomWeights: start === 'random weights',
    epochs,
    batchSize: 16,
    learningRate: 1e-3,
    validation: 0,
    seed,
    threads,
  });
  let right = 0;
  for (const { image, label } of heldOut) {
    const logits = await tuned.logits(image);
    if (tuned.classes[logits.indexOf(Math.max(...logits))] === label) right++;
  }
  tuned.dispose();
  return right / heldOut.length;
}

mkdirSync(OUT, { recursive: true });
const command = commands[positionals[0]];
if (!command) throw new Error(`usage: node scripts/digits.mjs ${Object.keys(commands).join('|')}`);
await command();
