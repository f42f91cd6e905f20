// Types of the plain modules that the bench shares with the laboratory and the build.

declare module '*/lab/lab.mjs' {
  interface Candidate {
    readonly name: string;
    readonly source: string;
  }
  export function compileLab(
    name: string,
    candidates: readonly Candidate[],
    features: readonly string[],
  ): Promise<string>;
}

declare module '*/lab/limit_source.mjs' {
  /** What is multiplied and added: f32 with two roundings or with one, integers of 16 bits, of 8 bits by pairs or by fours. */
  export type LimitKind = 'f32' | 'fused' | 'dot16' | 'pairs' | 'dot8';
  /** Nothing but products and sums in registers: what an engine reaches at most. */
  export function limitKernels(kind: LimitKind): { name: string; source: string; flops: number }[];
  export function limitFeatures(kind: LimitKind): readonly string[];
}

declare module '*/lab/runtimes.mjs' {
  /** Engine → the command line that runs a script in it; only those that are installed. */
  export const RUNTIMES: Readonly<Record<string, readonly string[]>>;
}

declare module '*/scripts/bundle.mjs' {
  export function bundleForNode(entryPoints: readonly string[], outdir: string): Promise<unknown>;
}

declare module 'autocannon' {
  interface AutocannonOptions {
    readonly url: string;
    readonly method: 'POST';
    readonly body: Buffer;
    readonly headers: Readonly<Record<string, string>>;
    readonly connections: number;
    readonly duration: number;
    readonly timeout: number;
    readonly amount?: number;
    readonly overallRate?: number;
    readonly ignoreCoordinatedOmission?: boolean;
    readonly setupClient: (client: never) => void;
  }
  export default function autocannon(options: AutocannonOptions): Promise<{ errors: number; timeouts: number }>;
}
