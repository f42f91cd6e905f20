// node bench/lab/simulate.mjs [OTHER_DIST]: what the micro-kernels would do on processors that are not at hand. V8's own machine
// code of the innermost loops goes through llvm-mca: operations a cycle with all data in the first-level cache, no memory, no
// wrong branch. Trust ratios, not digits. Needs `node scripts/build.mjs --dev` (names of functions) and LLVM (llvm-mca-22); for arm64
// also qemu-aarch64-static and scripts/install_arm64.mjs. With OTHER_DIST its cores follow, for a comparison.
import { existsSync } from 'node:fs';
import { bound, hotLoop, machineCode, machineCodeCommand, PRODUCTS, simulated, withVnni } from './machine_code.mjs';
import { RUNTIMES } from './runtimes.mjs';

/** The f32 tiles of the linear layers of each core. */
const F32_TILES = {
  strict: ['f32_2x16', 'f32_2x16_lanes'],
  relaxed: ['f32_3x12', 'f32_3x12_lanes'],
  fused: ['f32_6x8', 'f32_3x12_lanes'],
};
const ARCHITECTURES = {
  x64: ['haswell', 'skylake', 'icelake-server', 'alderlake', 'znver3', 'znver4'],
  arm64: ['neoverse-n1', 'neoverse-n2', 'neoverse-v1', 'neoverse-v2', 'cortex-x4', 'ampere1', 'oryon-1'],
};
/** Multiplications and additions of one product of vectors. */
const OPERATIONS = { f32: 8, dot16: 16, dot8: 32 };

/** The tiles of a core: name, kind of product, and the number of products in a step of k. */
function tilesOf(code, core) {
  return [...code.keys()].flatMap((name) => {
    const found = /microkernel_((f32|q8)_(\d+)x(\d+)(?:_lanes|_joined)?)(?:<u8>)?$/.exec(name);
    if (!found) return [];
    const [, tile, type, rows, cols] = found;
    const kind = type === 'f32' ? 'f32' : core === 'strict' ? 'dot16' : 'dot8';
    const belongs = type === 'f32' ? F32_TILES[core].includes(tile) : core !== 'fused';
    return belongs ? [{ name, tile, kind, perStep: (rows * cols) / 4 }] : [];
  });
}

function row(arch, core, { name, tile, kind, perStep }, code) {
  const loop = hotLoop(arch, code.get(name), PRODUCTS[kind]);
  const products = loop.filter((line) => PRODUCTS[kind].test(line)).length;
  const work = Math.round(products / perStep) * perStep * OPERATIONS[kind];
  const rates = ARCHITECTURES[arch].map((cpu) => work / simulated(arch, cpu, loop));
  const extra =
    arch === 'arm64' ? work / bound(loop) : kind === 'dot8' ? work / simulated(arch, 'alderlake', withVnni(loop)) : 0;
  const cells = [loop.length / products, ...rates, extra].map((value) => (value ? value.toFixed(1) : ''));
  return `| ${core} ${tile} | ${cells.join(' | ')} |`;
}

for (const arch of Object.keys(ARCHITECTURES)) {
  const command = machineCodeCommand(arch, RUNTIMES['Node 24']);
  if (!command) {
    console.log(`skip: no Node 24 for ${arch} here`);
    continue;
  }
  const last = arch === 'arm64' ? 'Apple M1, bound by widths' : 'alderlake with AVX-VNNI';
  console.log(`\n| ${arch}, V8 | instructions a product | ${[...ARCHITECTURES[arch], last].join(' | ')} |`);
  console.log(`|---|---|${'---|'.repeat(ARCHITECTURES[arch].length + 1)}`);
  for (const folder of ['dist', ...process.argv.slice(2)])
    for (const core of Object.keys(F32_TILES)) {
      const file = `${folder}/core.${core}.wasm`;
      if (!existsSync(file)) continue;
      const code = machineCode(command, file);
      const label = folder === 'dist' ? core : `${folder}, ${core}`;
      for (const tile of tilesOf(code, core)) console.log(row(arch, label, tile, code));
    }
}
