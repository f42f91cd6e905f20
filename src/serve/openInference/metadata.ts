import type { Entry, LoadedEntry, ModelRepository } from '../modelRepository.ts';
import type { TensorSpec } from '../namedTensor.ts';
import type { Duration } from '../statistics.ts';

export function serverMetadata(version: string) {
  const extensions = ['binary_tensor_data', 'classification', 'model_configuration', 'model_repository', 'statistics'];
  return { name: 'beit-wasm', version, extensions };
}

export function modelMetadata({ name, model }: LoadedEntry) {
  return { name, versions: ['1'], platform: 'beit_wasm', inputs: model.inputs, outputs: model.outputs };
}

/** What Triton's clients read; shapes have no batch dimension there. */
export function modelConfiguration({ name, model }: LoadedEntry) {
  const io = ({ name, datatype, shape }: TensorSpec) => ({
    name,
    data_type: `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`,
    dims: shape.length > 1 ? shape.slice(1) : [1],
  });
  return {
    name,
    platform: 'beit_wasm',
    backend: 'beit-wasm',
    max_batch_size: 0,
    input: model.inputs.map(io),
    output: model.outputs.map(io),
  };
}

export function repositoryIndex(repository: ModelRepository, readyOnly: boolean) {
  return repository.entries
    .filter(({ state }) => !readyOnly || state === 'READY')
    .map(({ name, state, reason }) => ({ name, version: '1', state, reason }));
}

const nothing: Duration = { count: 0, ns: 0 };

export function modelStatistics({ name, statistics, model }: Entry) {
  const { lastInference, inferences, executions, success, failure, queue } = statistics;
  return {
    name,
    version: '1',
    last_inference: lastInference,
    inference_count: inferences,
    execution_count: executions,
    inference_stats: {
      success,
      fail: failure,
      queue,
      compute_input: statistics.computeInput,
      compute_infer: statistics.computeInfer,
      compute_output: statistics.computeOutput,
      cache_hit: nothing,
      cache_miss: nothing,
    },
    batch_stats: [],
    memory_usage: model ? [{ type: 'CPU', id: 0, byte_size: model.memory }] : [],
  };
}
