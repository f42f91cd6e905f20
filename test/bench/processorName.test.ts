import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { instructionSets, processorName } from '../../bench/processorName.ts';

const test = suite('bench/processorName');
const x64 = (vendor: string, family: number, model: number) => ({
  model: 'its name',
  cpuinfo: `vendor_id\t: ${vendor}\ncpu family\t: ${family}\nmodel\t\t: ${model}\nmodel name\t: its name\nflags\t\t: fpu fma avx2 avx512_vnni\n`,
});

test('generations that share a name are told apart', () => {
  assert.is(processorName(x64('AuthenticAMD', 25, 1)), 'AMD Zen 3');
  assert.is(processorName(x64('AuthenticAMD', 25, 17)), 'AMD Zen 4');
  assert.is(processorName(x64('AuthenticAMD', 26, 2)), 'AMD Zen 5');
  assert.is(processorName(x64('GenuineIntel', 6, 85)), 'Intel Skylake');
  assert.is(processorName(x64('GenuineIntel', 6, 143)), 'Intel Sapphire Rapids');
  assert.is(processorName(x64('GenuineIntel', 6, 207)), 'Intel Emerald Rapids');
});

test('ARM has part numbers', () => {
  const cpuinfo = 'Features\t: fp asimd asimddp\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n';
  assert.is(processorName({ model: 'unknown', cpuinfo }), 'ARM Neoverse V2');
  assert.equal(instructionSets(cpuinfo), ['asimd', 'asimddp']);
});

test('what is not known keeps its own name', () => {
  assert.is(processorName({ model: 'Apple M1', cpuinfo: '' }), 'Apple M1');
  assert.is(processorName(x64('GenuineIntel', 6, 1)), 'its name');
  assert.equal(instructionSets(''), []);
  assert.equal(instructionSets(x64('GenuineIntel', 6, 1).cpuinfo), ['avx2', 'fma', 'avx512_vnni']);
});

test.run();
