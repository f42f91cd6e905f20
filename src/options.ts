import { check, checkObject } from './errors.ts';
import { quoted } from './quoted.ts';

const PICTURE = 'maxPixels truncated signal';
const ENGINE = 'device arithmetic simd wideVectors threads dtype maxBatch worker workers';
const SOURCE = 'revision localFilesOnly token endpoint fetch signal cacheDir onProgress subfolder';
const LOAD =
  `${ENGINE} ${SOURCE} config variant file resizeTables allowMissing allowStubs allowUnexpected useEma onWarning seed` as const;
const PROCESSOR =
  'doResize size resample doCenterCrop cropSize doRescale rescaleFactor doNormalize imageMean imageStd doReduceLabels';
const OPTIMIZER =
  'optimizer betas epsilon momentum weightDecay layerDecay maxGradientNorm averageDecay gradientCheckpointing dropout frozenDtype';
const RUN =
  `${SOURCE} ${OPTIMIZER} epochs batchSize accumulationSteps learningRate decay warmUp randomWeights onBadPicture pictureWorkers seed threads checkpointTo checkpointEvery resumeFrom` as const;

/** The names of the options of every public function; `test/src/options.test.ts` holds them to the types. */
export const OPTIONS = {
  load: LOAD,
  tokenizer: `${SOURCE} threads simd device arithmetic wideVectors file numAttentionHeads`,
  create: `${ENGINE} seed`,
  plan: `${ENGINE} input`,
  save: 'dtype shardSize signal',
  forward:
    'pixelValues originalSizes headMask outputHiddenStates outputAttentions interpolatePosEncoding compatibility signal',
  picture: PICTURE,
  classify: `${PICTURE} topK`,
  features: `${PICTURE} pool`,
  fillMask: `${PICTURE} mask share seed`,
  processor: PROCESSOR,
  preprocess: `${PROCESSOR} ${PICTURE} segmentationMaps labelResample cropConvention`,
  masking: 'height width numMaskingPatches minNumPatches maxNumPatches minAspect maxAspect seed exact',
  fineTune: `${RUN} mixup cutmix train lora classes labelSmoothing augment balance validation onTraining` as const,
  pretrain: `${RUN} augment masking tokenizer validation onTraining` as const,
  adapted: `${SOURCE} labels threads`,
  evaluate: `${SOURCE} batchSize onBadPicture threads onEvaluating`,
  trainer: `${SOURCE} ${OPTIMIZER} labelSmoothing decays class images height width isTrained threads seed problemType frozenBatchNorm`,
  attribution: `${SOURCE} threads`,
  attribute: 'target steps signal',
  lora: 'rank alpha targets',
  augment: 'flip minimumCrop affine colorJitter erase',
  server: 'models memoryBudget maxQueue timeout maxBody maxPixels fetchPicture apiKey log',
  served: 'source task dtype threads workers wideVectors revision maxBatch',
  listen: 'host port grace',
} as const;

/** What others call an option, in lower case and without `_`, and what to write here. */
const HINTS: Readonly<Record<string, string>> = {
  progresscallback: 'onProgress',
  numthreads: 'threads',
  nthreads: 'threads',
  quantized: "dtype: 'q8'",
  loadin8bit: "dtype: 'q8'",
  loadin4bit: "dtype: 'q4'",
  torchdtype: 'dtype',
  precision: 'dtype',
  backend: 'device',
  modelfilename: 'file',
  filename: 'file',
  offline: 'localFilesOnly',
  useauthtoken: 'token',
  accesstoken: 'token',
  remotehost: 'endpoint',
  batchsize: 'maxBatch',
  abortsignal: 'signal',
  k: 'topK',
  lr: 'learningRate',
  returnattentions: 'outputAttentions',
  inputs: 'pixelValues',
  images: 'pixelValues',
  numepochs: 'epochs',
  numtrainepochs: 'epochs',
  workers: 'threads',
};

/**
 * Throws `InvalidArgument` unless `options` is an object with names of `known` alone; the message has the name that was meant.
 *
 * @param known names, a space between them
 */
export function checkOptions(options: object, known: string, what: string = 'options'): void {
  checkObject(`Invalid ${what}`, options);
  const names = known.trim().split(' ');
  for (const [name, value] of Object.entries(options)) {
    check(value === undefined || names.includes(name), 'InvalidArgument', () => {
      const meant = meantBy(name, names);
      return `Invalid ${what}: there is no ${quoted(name)} (${meant ? `write ${meant}` : `expected ${names.join(', ')}`})`;
    });
  }
}

function meantBy(name: string, names: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const hint = Object.hasOwn(HINTS, plain) ? HINTS[plain] : '';
  if (names.includes(hint.split(':')[0])) return hint;
  return (
    names.find((known) => known.toLowerCase() === plain) ?? names.find((known) => isNear(known.toLowerCase(), plain))
  );
}

/** Whether one letter more, less or another one makes the difference. */
function isNear(known: string, name: string): boolean {
  let same = 0;
  while (same < known.length && known[same] === name[same]) same++;
  const [a, b] = [known.slice(same), name.slice(same)];
  return known.length > 3 && (a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1));
}

/** Names of dtypes in transformers.js that mean the same; `auto` is the default. */
const DTYPE_NAMES = { fp32: 'f32', fp16: 'f16', int8: 'q8', auto: undefined } as const;
/** Names of others that mean nearly the same. */
const NEAR_DTYPES = { uint8: 'q8', bnb4: 'q4', q4f16: 'q4', float32: 'f32', float16: 'f16', bfloat16: 'bf16' } as const;
/** The core is the default, on which results do not depend on the machine. */
const DEVICE_NAMES = { cpu: 'wasm', auto: 'wasm' } as const;

/** `O` with what transformers.js calls `dtype`, `device` and `onProgress`, where it means the same. */
export type WithOtherNames<O> = Omit<O, 'dtype' | 'device'> & {
  [K in Extract<keyof O, 'dtype'>]?: O[K] | keyof typeof DTYPE_NAMES;
} & { [K in Extract<keyof O, 'device'>]?: O[K] | keyof typeof DEVICE_NAMES } & {
  /** The name of `onProgress` in transformers.js. */
  [K in Extract<keyof O, 'onProgress'> as 'progress_callback']?: O[K];
};

/** {@link checkOptions}, and the names of transformers.js replaced by those of this library. */
export function ownNames<O extends object>(options: WithOtherNames<O>, known: string): O {
  checkObject('Invalid options', options);
  const { progress_callback, ...own } = options as Record<string, unknown>;
  const progress = progress_callback && known.includes('onProgress') ? { onProgress: progress_callback } : {};
  checkOptions(progress_callback && !progress.onProgress ? options : own, known);
  const { dtype, device } = own as { dtype?: string; device?: string };
  check(!dtype || !Object.hasOwn(NEAR_DTYPES, dtype), 'InvalidArgument', () => {
    return `Invalid dtype: there is no ${quoted(dtype)} (write '${NEAR_DTYPES[dtype as 'uint8']}')`;
  });
  return {
    ...own,
    ...progress,
    ...(dtype && { dtype: renamed(DTYPE_NAMES, dtype) }),
    ...(device && { device: renamed(DEVICE_NAMES, device) }),
  } as unknown as O;
}

function renamed(names: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return Object.hasOwn(names, name) ? names[name] : name;
}
