// The WebAssembly modules of the project. To add one, add a row to CORES.

/** Options of asc that every module is compiled with. */
const COMMON = ['--runtime', 'stub', '--initialMemory', '1'];
/** Published modules: fast, without assertions and without the import of `abort`. */
const RELEASE = [...COMMON, '-O3', '--noAssert', '--use', 'abort='];
const STRICT = ['--enable', 'simd'];
const RELAXED = [...STRICT, '--enable', 'relaxed-simd'];
/** Fuses the multiplications of f32 with their additions. */
const FUSED = [...RELAXED, '--use', 'BEIT_FUSED=f32'];
const SHARED_MEMORY = ['--enable', 'threads', '--importMemory', '--sharedMemory', '--maximumMemory', '65536'];

/** Platforms that run threads, and those that run on one thread. */
const THREADED = ['node', 'browser'];
const RELAXED_TOO = [...THREADED, 'workerd', 'inline', 'jsr'];
const ALL = [...RELAXED_TOO, 'edge-light'];

/**
 * Name → `entry`: the source file; `options` of asc; `platforms`: the bundles that use it; `folder`: where the module is
 * written. A module outside of dist/ is not published.
 */
export const CORES = {
  // decodes and resizes pictures; fetched with the first one
  'core.picture': {
    entry: 'core-as/picture/index.ts',
    options: [...RELEASE, ...STRICT],
    platforms: ALL,
    folder: 'dist',
  },
  'core.strict': { entry: 'core-as/index.ts', options: [...RELEASE, ...STRICT], platforms: ALL, folder: 'dist' },
  'core.relaxed': {
    entry: 'core-as/index.ts',
    options: [...RELEASE, ...RELAXED],
    platforms: RELAXED_TOO,
    folder: 'dist',
  },
  'core.strict.threads': {
    entry: 'core-as/index.ts',
    options: [...RELEASE, ...STRICT, ...SHARED_MEMORY],
    platforms: THREADED,
    folder: 'dist',
  },
  'core.relaxed.threads': {
    entry: 'core-as/index.ts',
    options: [...RELEASE, ...RELAXED, ...SHARED_MEMORY],
    platforms: THREADED,
    folder: 'dist',
  },
  // fetched when `arithmetic: 'fused'` asks for it
  'core.fused': { entry: 'core-as/index.ts', options: [...RELEASE, ...FUSED], platforms: THREADED, folder: 'dist' },
  'core.fused.threads': {
    entry: 'core-as/index.ts',
    options: [...RELEASE, ...FUSED, ...SHARED_MEMORY],
    platforms: THREADED,
    folder: 'dist',
  },
  'core.webp': { entry: 'core-as/webp/index.ts', options: [...RELEASE, ...STRICT], platforms: ALL, folder: 'dist' },
  // its kernels one by one, for their tests
  'core.webp.kernels': {
    entry: 'core-as/webp/kernels.ts',
    options: [...RELEASE, ...STRICT],
    platforms: [],
    folder: 'build',
  },
  // training: inside the scripts of its entry; it has no relaxed instruction, but the tiles of that build
  train: { entry: 'core-as/grad/index.ts', options: [...RELEASE, ...RELAXED], platforms: [], folder: 'build' },
  'train.threads': {
    entry: 'core-as/grad/index.ts',
    options: [...RELEASE, ...RELAXED, ...SHARED_MEMORY],
    platforms: [],
    folder: 'build',
  },
  'train.debug': {
    entry: 'core-as/grad/index.ts',
    options: [...COMMON, '--debug', ...STRICT],
    platforms: [],
    folder: 'build',
  },
  // with assertions, for the tests of the kernels
  'core.debug': {
    entry: 'core-as/index.ts',
    options: [...COMMON, '--debug', ...STRICT],
    platforms: [],
    folder: 'build',
  },
};

/** What the development form adds: a section with the names of functions, so that a trap names its kernel. */
export const NAMES = ['--debug'];

/** Where the module is written. */
export const coreFile = (name) => `${CORES[name].folder}/${name}.wasm`;

/** Names of the modules that the bundles of `platform` use. */
export const coresOf = (platform) => Object.keys(CORES).filter((name) => CORES[name].platforms.includes(platform));
