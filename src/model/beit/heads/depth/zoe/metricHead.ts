import type { Backend, Kinds } from '../../../../../backend.ts';
import type { Grid } from '../../../../../interpolate.ts';
import type { Output } from '../../../architecture.ts';
import type { ForwardOps } from '../../../forward.ts';
import type { Parameters } from '../../../params/parameters.ts';
import { conv1x1 } from '../../segmentation/convolution.ts';
import { allocMap, channels, type Map2d, mapIn } from '../../segmentation/featureMaps.ts';
import {
  DOMAINS,
  type DomainParams,
  type DomainState,
  domainParams,
  domainState,
  prepareDomains,
  runDomains,
} from './domains.ts';
import { type PixelMlp, pixelMlp, runPixelMlp } from './pixelMlp.ts';
import { LEVELS, type ZoeFields } from './zoeFields.ts';

/** Probability and temperature, each as a share of two numbers. */
const MIXTURE = 4;
const LEVEL_INDICES = Array.from({ length: LEVELS }, (_, i) => i);

/** One range of depths. */
interface BinParams {
  readonly seed: PixelMlp;
  readonly attractors: readonly PixelMlp[];
  readonly mixture: PixelMlp;
}

/**
 * The metric head of ZoeDepth (arXiv 2302.12288) as far as it is convolutions: what is left, from logits to depths, is a function
 * of each pixel (`metricBins.ts`). Heads of all ranges are run; which one is meant is known when the pass is over.
 */
export interface MetricParams {
  readonly fields: ZoeFields;
  readonly conv2: Kinds['linear'];
  readonly seedProjector: PixelMlp;
  readonly projectors: readonly PixelMlp[];
  readonly domains: DomainParams | null;
  readonly heads: readonly BinParams[];
  /** Channels of the relative head that are seen, the relative depth behind them where there is one range. */
  readonly seen: number;
}

export function metricParams(p: Parameters<Kinds>, fields: ZoeFields, fusion: number, features: number): MetricParams {
  const name = 'metric_head';
  const { bottleneck, embedding, domains } = fields;
  // widths inside are constants of the reference where it has one range
  const inner = domains ? Math.floor(embedding / 2) : 128;
  const seen = domains ? features : features + 1;
  return {
    fields,
    conv2: conv1x1(p, `${name}.conv2`, bottleneck, bottleneck),
    domains: domains && domainParams(p, name, domains, bottleneck),
    seedProjector: pixelMlp(p, `${name}.seed_projector`, [bottleneck, inner, embedding]),
    projectors: LEVEL_INDICES.map((i) => pixelMlp(p, `${name}.projectors.${i}`, [fusion, inner, embedding])),
    heads: fields.configurations.map((_, k) => binParams(p, name, fields, k, seen)),
    seen,
  };
}

function binParams(p: Parameters<Kinds>, owner: string, fields: ZoeFields, index: number, seen: number): BinParams {
  const { embedding, attractors, normed, bottleneck, domains } = fields;
  const { name, bins } = fields.configurations[index];
  const of = (part: string, plural: string) => (name === null ? `${owner}.${part}` : `${owner}.${plural}.${name}`);
  const width = seen + embedding;
  const mixture = of('conditional_log_binomial', 'conditional_log_binomial');
  return {
    seed: pixelMlp(p, of('seed_bin_regressor', 'seed_bin_regressors'), [
      bottleneck,
      domains ? Math.floor(embedding / 2) : 256,
      bins,
    ]),
    attractors: LEVEL_INDICES.map((i) =>
      pixelMlp(p, `${of('attractors', 'attractors')}.${i}`, [
        embedding,
        embedding,
        normed ? 2 * attractors[i] : attractors[i],
      ]),
    ),
    mixture: pixelMlp(p, mixture, [width, Math.floor(width / (domains ? 4 : 2)), MIXTURE], ['mlp.0', 'mlp.2']),
  };
}

/** Buffers: of all images where a head is read, of one elsewhere. */
export interface MetricState {
  readonly grids: readonly Grid[]; // of the bottleneck, and of the fused map of each level
  readonly size: Grid; // of the output
  readonly x: Map2d; // bottleneck
  readonly embeddings: readonly Map2d[]; // of the bottleneck, and of each level
  readonly sums: readonly Map2d[]; // of each level
  readonly hidden: readonly Map2d[]; // inside the networks, at each size
  /** Features of the relative head, its depth, the embedding: side by side. */
  readonly joined: Map2d;
  readonly mixtureHidden: Map2d;
  readonly domains: DomainState | null;
  readonly domainLogits: Kinds['tensor'] | null; // [B, DOMAINS]
  readonly heads: readonly BinLogits[];
}

/** What is read of one range, [B · pixels, channels] each: seeds, attractors of each level, and the mixture. */
type BinLogits = readonly { readonly tensor: Kinds['tensor']; readonly grid: Grid; readonly channels: number }[];

export function metricState(
  backend: Backend<Kinds>,
  p: MetricParams,
  images: number,
  bottleneck: Grid,
  levels: readonly Grid[],
  size: Grid,
): MetricState {
  const { embedding, bottleneck: width, configurations, attractors, normed } = p.fields;
  const grids = [bottleneck, ...levels];
  const inner = Math.max(...[p.seedProjector, ...p.projectors, ...p.heads.map(({ seed }) => seed)].map((m) => m.inner));
  const read = (grid: Grid, channels: number) => ({
    tensor: backend.alloc(images * grid.height * grid.width, channels),
    grid,
    channels,
  });
  return {
    grids,
    size,
    x: allocMap(backend, bottleneck, width),
    embeddings: grids.map((grid) => allocMap(backend, grid, embedding)),
    sums: levels.map((grid) => allocMap(backend, grid, embedding)),
    hidden: grids.map((grid) => allocMap(backend, grid, Math.max(inner, embedding))),
    joined: allocMap(backend, size, p.seen + embedding),
    mixtureHidden: allocMap(backend, size, Math.max(...p.heads.map(({ mixture }) => mixture.inner))),
    domains: p.domains && domainState(backend, p.domains, bottleneck),
    domainLogits: p.domains && backend.alloc(images, DOMAINS),
    heads: configurations.map(({ bins }) => [
      read(bottleneck, bins),
      ...levels.map((grid, i) => read(grid, normed ? 2 * attractors[i] : attractors[i])),
      read(size, MIXTURE),
    ]),
  };
}

/** Writes what depends on the size alone. */
export function prepareMetric(backend: Backend<Kinds>, p: MetricParams, s: MetricState): void {
  if (p.domains && s.domains) prepareDomains(backend, p.domains, s.domains);
}

/** Part `index` of what is read, of image `b`. */
function imageOf(ops: ForwardOps<Kinds>, logits: BinLogits, index: number, b: number): Map2d {
  const { tensor, grid } = logits[index];
  const pixels = grid.height * grid.width;
  return mapIn(ops.rows(tensor, b * pixels, (b + 1) * pixels), grid);
}

/** The coarsest map, before anything is fused: domain, seeds and their embedding. */
export function runSeeds(ops: ForwardOps<Kinds>, p: MetricParams, s: MetricState, bottleneck: Map2d, b: number): void {
  ops.conv1x1(s.x, bottleneck, p.conv2);
  if (p.domains && s.domains) runDomains(ops, ops.rows(s.domainLogits, b, b + 1), s.x, p.domains, s.domains);
  for (const [k, { seed }] of p.heads.entries()) {
    runPixelMlp(ops, imageOf(ops, s.heads[k], 0, b), s.x, seed, s.hidden[0]);
  }
  runPixelMlp(ops, s.embeddings[0], s.x, p.seedProjector, s.hidden[0]);
}

/** The fused map of a level: its embedding, and attractors of that and the embedding before it. */
export function runLevel(
  ops: ForwardOps<Kinds>,
  p: MetricParams,
  s: MetricState,
  level: number,
  fused: Map2d,
  b: number,
): void {
  const [sum, hidden, embedding] = [s.sums[level], s.hidden[level + 1], s.embeddings[level + 1]];
  runPixelMlp(ops, embedding, fused, p.projectors[level], hidden);
  ops.copyMap(sum, embedding);
  ops.resizeBilinear(sum, s.embeddings[level], 'add', true);
  for (const [k, { attractors }] of p.heads.entries()) {
    runPixelMlp(ops, imageOf(ops, s.heads[k], level + 1, b), sum, attractors[level], hidden);
  }
}

/** Where the relative head writes its features and, where it is seen, its depth. */
export function placesInJoined(ops: Pick<ForwardOps<Kinds>, 'cols'>, s: MetricState, features: number) {
  return { features: channels(ops, s.joined, 0, features), depth: channels(ops, s.joined, features, features + 1) };
}

/** Probabilities and temperatures of every pixel, as logits. */
export function runMixture(ops: ForwardOps<Kinds>, p: MetricParams, s: MetricState, b: number): void {
  const { seen, fields } = p;
  ops.resizeBilinear(channels(ops, s.joined, seen, seen + fields.embedding), s.embeddings[LEVELS], 'store', true);
  for (const [k, { mixture }] of p.heads.entries()) {
    runPixelMlp(ops, imageOf(ops, s.heads[k], LEVELS + 1, b), s.joined, mixture, s.mixtureHidden, 'gelu');
  }
}

/** What is read: the logits of every range one after the other, and those of the domains. */
export function metricOutputs(s: MetricState, images: number) {
  const binLogits: Output<Kinds>[] = s.heads.flatMap((head) =>
    head.map(({ tensor, grid, channels }) => ({ tensor, dims: [images, grid.height, grid.width, channels] })),
  );
  return s.domainLogits
    ? { binLogits, domainLogits: { tensor: s.domainLogits, dims: [images, DOMAINS] } }
    : { binLogits };
}
