/// <reference path="./promClient.d.ts" />
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Registry from 'prom-client/lib/registry.js';
import type { Entry, ModelRepository } from './modelRepository.ts';
import type { Duration, FailureReason } from './statistics.ts';

/** The statistics of all models in Prometheus' text form, under the names of Triton's metrics. */
export async function metricsText(repository: ModelRepository): Promise<string> {
  const registry = new Registry();
  for (const [name, help, value] of COUNTERS) {
    const counter = new Counter({ name, help, labelNames: ['model', 'version'], registers: [registry] });
    for (const entry of repository.entries) counter.inc({ model: entry.name, version: '1' }, value(entry));
  }
  failures(registry, repository);
  for (const [name, help, value] of GAUGES) {
    const gauge = new Gauge({ name, help, labelNames: ['model', 'version'], registers: [registry] });
    for (const entry of repository.entries) gauge.set({ model: entry.name, version: '1' }, value(entry));
  }
  return registry.metrics();
}

export const METRICS_TYPE: string = Registry.PROMETHEUS_CONTENT_TYPE;

type Row = readonly [name: string, help: string, value: (entry: Entry) => number];
const microseconds = ({ ns }: Duration) => Math.round(ns / 1000);

const COUNTERS: readonly Row[] = [
  [
    'nv_inference_request_success',
    'Number of successful inference requests',
    ({ statistics }) => statistics.success.count,
  ],
  ['nv_inference_count', 'Number of inferences performed (pictures)', ({ statistics }) => statistics.inferences],
  ['nv_inference_exec_count', 'Number of model executions (passes)', ({ statistics }) => statistics.executions],
  [
    'nv_inference_request_duration_us',
    'Cumulative inference request duration in microseconds',
    ({ statistics }) => microseconds(statistics.success),
  ],
  [
    'nv_inference_queue_duration_us',
    'Cumulative inference queuing duration in microseconds',
    ({ statistics }) => microseconds(statistics.queue),
  ],
  [
    'nv_inference_compute_input_duration_us',
    'Cumulative compute input duration in microseconds (decoding and resizing)',
    ({ statistics }) => microseconds(statistics.computeInput),
  ],
  [
    'nv_inference_compute_infer_duration_us',
    'Cumulative compute inference duration in microseconds',
    ({ statistics }) => microseconds(statistics.computeInfer),
  ],
  [
    'nv_inference_compute_output_duration_us',
    'Cumulative inference compute output duration in microseconds',
    ({ statistics }) => microseconds(statistics.computeOutput),
  ],
];

const GAUGES: readonly Row[] = [
  ['nv_inference_pending_request_count', 'Instantaneous number of pending requests', ({ queue }) => queue.length],
  ['nv_cpu_memory_used_bytes', 'Bytes that the model takes', ({ model }) => model?.memory ?? 0],
];

function failures(registry: InstanceType<typeof Registry>, repository: ModelRepository): void {
  const counter = new Counter({
    name: 'nv_inference_request_failure',
    help: 'Number of failed inference requests',
    labelNames: ['model', 'version', 'reason'],
    registers: [registry],
  });
  for (const { name, statistics } of repository.entries) {
    for (const [reason, count] of Object.entries(statistics.failures) as [FailureReason, number][]) {
      counter.inc({ model: name, version: '1', reason }, count);
    }
  }
}
