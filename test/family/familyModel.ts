import { readFileSync } from 'node:fs';
import type { Kinds } from '../../src/backend.ts';
import { Session } from '../../src/engine/session.ts';
import { LocalModel } from '../../src/hosting/localModel.ts';
import type { ModelHandle } from '../../src/hosting/modelHandle.ts';
import * as lib from '../../src/index.ts';
import { loadWeights } from '../../src/loading/loadWeights.ts';
import { modelConfig } from '../../src/loading/modelConfig.ts';
import type { Architecture } from '../../src/model/beit/architecture.ts';
import { backboneArchitecture } from '../../src/model/beit/heads/backbone.ts';
import { bodyArchitecture } from '../../src/model/beit/heads/body.ts';
import { classificationArchitecture } from '../../src/model/beit/heads/classification.ts';
import { depthArchitecture } from '../../src/model/beit/heads/depth/depth.ts';
import { maskedArchitecture } from '../../src/model/beit/heads/masked.ts';
import { segmentationArchitecture } from '../../src/model/beit/heads/segmentation/segmentation.ts';
import { teacherArchitecture } from '../../src/model/beit/heads/teacher.ts';
import { beitParams } from '../../src/model/beit/params/beitParams.ts';
import { Parameters } from '../../src/model/beit/params/parameters.ts';
import { BeitBackbone } from '../../src/pretrained/beitBackbone.ts';
import { BeitForImageClassification } from '../../src/pretrained/beitForImageClassification.ts';
import { BeitForMaskedImageModeling } from '../../src/pretrained/beitForMaskedImageModeling.ts';
import { BeitForSemanticSegmentation } from '../../src/pretrained/beitForSemanticSegmentation.ts';
import { BeitModel } from '../../src/pretrained/beitModel.ts';
import { DeiTForImageClassificationWithTeacher } from '../../src/pretrained/deitForImageClassificationWithTeacher.ts';
import { DPTForDepthEstimation } from '../../src/pretrained/dptForDepthEstimation.ts';
import { filesOf } from '../../src/weights/bytes/byteSource.ts';
import { openCheckpoint } from '../../src/weights/checkpoint.ts';
import { ReferenceBackend } from '../reference/backend.ts';
import type { AnyTensor } from './readTensors.ts';

/** What the tests need of any model class. */
export interface FamilyModel {
  forward(input: never): Promise<object>;
  dispose(): void;
}

interface FamilyClass {
  readonly architecture: (options: ModelOptions) => unknown;
  readonly wrap: (model: ModelHandle) => FamilyModel;
}

interface LoadableClass {
  fromPretrained(folder: string, options: ModelOptions): Promise<FamilyModel>;
}

export interface ModelOptions {
  readonly addPoolingLayer?: boolean;
}

const CLASSES: Record<string, FamilyClass> = {
  BeitModel: {
    architecture: ({ addPoolingLayer }) => bodyArchitecture(addPoolingLayer ?? true),
    wrap: (model) => new BeitModel(model),
  },
  BeitForMaskedImageModeling: {
    architecture: () => maskedArchitecture,
    wrap: (model) => new BeitForMaskedImageModeling(model),
  },
  BeitForImageClassification: {
    architecture: () => classificationArchitecture,
    wrap: (model) => new BeitForImageClassification(model),
  },
  BeitForSemanticSegmentation: {
    architecture: () => segmentationArchitecture(),
    wrap: (model) => new BeitForSemanticSegmentation(model),
  },
  DeiTForImageClassificationWithTeacher: {
    architecture: () => teacherArchitecture,
    wrap: (model) => new DeiTForImageClassificationWithTeacher(model),
  },
  DPTForDepthEstimation: {
    architecture: () => depthArchitecture,
    wrap: (model) => new DPTForDepthEstimation(model),
  },
  BeitBackbone: {
    architecture: () => backboneArchitecture,
    wrap: (model) => new BeitBackbone(model),
  },
};

/** The class of this library for a class of transformers: families share BEiT's. */
function classFor(name: string): FamilyClass {
  const task = /(ForImageClassificationWithTeacher|ForImageClassification|Backbone|Model)$/.exec(name)?.[1];
  if (name.endsWith('ForDepthEstimation')) return CLASSES.DPTForDepthEstimation;
  return CLASSES[name] ?? CLASSES[`Beit${task}`];
}

/** The model in `folder` as users load it. */
export function loadModel(className: string, folder: string, options: ModelOptions = {}): Promise<FamilyModel> {
  return (lib as unknown as Record<string, LoadableClass>)[className].fromPretrained(folder, options);
}

/** The plain loops have no core to tell of. */
function engine(): never {
  throw new Error('the reference has no engine');
}

/** The model in `folder` on the plain f64 loops of test/reference: the same model code, none of the kernels. */
export async function loadReference(
  className: string,
  folder: string,
  options: ModelOptions = {},
): Promise<FamilyModel> {
  const { architecture: make, wrap } = classFor(className);
  const architecture = make(options) as Architecture;
  const files = filesOf({ 'model.safetensors': readFileSync(`${folder}/model.safetensors`) });
  const checkpoint = await openCheckpoint(files);
  const { config } = await modelConfig(JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')), checkpoint);
  const backend = new ReferenceBackend();
  const parameters = new Parameters<Kinds>(backend, 'f32');
  const body = beitParams(parameters, config, architecture.parts(config));
  const model = { body, head: architecture.params(parameters, config) };
  const ready = async () => {};
  const session = new Session(backend, architecture, model, { maxBatch: 2, yieldToEventLoop: async () => {}, ready });
  const report = await loadWeights(checkpoint, parameters, {});
  parameters.finish();
  return wrap(
    new LocalModel({
      config,
      architecture,
      session,
      parameters,
      options: {},
      report,
      ready,
      engine,
      shared: () => null,
    }),
  );
}

/** Results by transformers' names: `hidden_states.3`, `logits`, `loss`. */
export type Results = Map<string, ArrayLike<number>>;

/** Runs a model on inputs and switches named as in transformers. */
export async function runModel(
  model: FamilyModel,
  inputs: ReadonlyMap<string, AnyTensor>,
  switches: Readonly<Record<string, unknown>> = {},
): Promise<Results> {
  const named = [...inputs, ...Object.entries(switches)].map(([name, value]) => [camelCase(name), value]);
  const outputs = await model.forward(Object.fromEntries(named) as never);
  const results: Results = new Map();
  for (const [name, value] of Object.entries(outputs)) {
    if (Array.isArray(value)) for (const [i, t] of value.entries()) results.set(`${snakeCase(name)}.${i}`, t.data);
    else if (typeof value === 'number') results.set(snakeCase(name), [value]);
    else if (value) results.set(snakeCase(name), value.data);
  }
  return results;
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Largest absolute difference; NaN equals NaN, and is infinitely far from anything else. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i] - b[i]);
    if (Number.isNaN(d)) worst = Number.isNaN(a[i]) && Number.isNaN(b[i]) ? worst : Number.POSITIVE_INFINITY;
    else worst = Math.max(worst, d);
  }
  return worst;
}
