// Types of the build scripts that are tested.

declare module '*/scripts/test_files.mjs' {
  type Inputs = Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
  export function testFiles(parts: readonly string[], files?: readonly string[]): string[];
  export function longestFirst(files: readonly string[], seconds: Readonly<Record<string, number>>): string[];
  export function importersOf(changed: readonly string[], tests: readonly string[], inputs: Inputs): string[];
}

declare module '*/scripts/test_process.mjs' {
  interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly note: string;
  }
  export function countTests(result: { error: (Error & { killed?: boolean }) | null; output: string }): Counts;
}

declare module '*/scripts/core_cache.mjs' {
  export function sourcesOf(entry: string): Set<string>;
  export function cacheKey(entry: string, options: readonly string[], compiler?: string): string;
  export function cachedCore(
    entry: string,
    options: readonly string[],
    compile: (file: string) => Promise<void>,
    folder?: string,
  ): Promise<string>;
}

declare module '*/scripts/cores.mjs' {
  interface CoreBuild {
    readonly entry: string;
    readonly options: readonly string[];
    readonly platforms: readonly string[];
    readonly folder: string;
  }
  export const CORES: Readonly<Record<string, CoreBuild>>;
  export function coreFile(name: string): string;
}

declare module '*/scripts/embed.mjs' {
  export function embed(options?: { dev?: boolean; inject?: readonly string[] }): import('esbuild').Plugin;
}
