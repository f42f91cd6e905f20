/** What the operating system says of a processor. */
export interface ProcessorInfo {
  /** As `os.cpus()` calls it: the same for generations that differ. */
  readonly model: string;
  /** /proc/cpuinfo, or ''. */
  readonly cpuinfo: string;
}

/** Microarchitectures: family and models, in hexadecimal ranges, of x64; part numbers of ARM. */
const AMD: readonly Generation[] = [
  ['AMD Zen', 0x17, [[0x00, 0x2f]]],
  ['AMD Zen 2', 0x17, [[0x30, 0xff]]],
  [
    'AMD Zen 4',
    0x19,
    [
      [0x10, 0x1f],
      [0x60, 0xaf],
    ],
  ],
  ['AMD Zen 3', 0x19, [[0x00, 0x5f]]],
  ['AMD Zen 5', 0x1a, [[0x00, 0xff]]],
];
const INTEL: readonly Generation[] = [
  ['Intel Haswell', 6, models(0x3c, 0x3f, 0x45, 0x46)],
  ['Intel Broadwell', 6, models(0x3d, 0x47, 0x4f, 0x56)],
  ['Intel Skylake', 6, models(0x4e, 0x5e, 0x55, 0x8e, 0x9e, 0xa5, 0xa6)],
  ['Intel Ice Lake', 6, models(0x6a, 0x6c, 0x7d, 0x7e)],
  ['Intel Tiger Lake', 6, models(0x8c, 0x8d)],
  ['Intel Rocket Lake', 6, models(0xa7)],
  ['Intel Alder Lake', 6, models(0x97, 0x9a, 0xb7, 0xba, 0xbf)],
  ['Intel Sapphire Rapids', 6, models(0x8f)],
  ['Intel Emerald Rapids', 6, models(0xcf)],
  ['Intel Granite Rapids', 6, models(0xad, 0xae)],
];
const ARM: Readonly<Record<string, string>> = {
  '0xd03': 'ARM Cortex-A53',
  '0xd05': 'ARM Cortex-A55',
  '0xd08': 'ARM Cortex-A72',
  '0xd0b': 'ARM Cortex-A76',
  '0xd0c': 'ARM Neoverse N1',
  '0xd40': 'ARM Neoverse V1',
  '0xd49': 'ARM Neoverse N2',
  '0xd4f': 'ARM Neoverse V2',
};
const SETS = ['avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx_vnni', 'asimd', 'asimddp', 'i8mm'];

type Generation = readonly [name: string, family: number, models: readonly (readonly [number, number])[]];

function models(...list: number[]): [number, number][] {
  return list.map((model) => [model, model]);
}

/** The microarchitecture, or the model where it is not in the tables. */
export function processorName({ model, cpuinfo }: ProcessorInfo): string {
  const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(cpuinfo)?.[1] ?? '';
  const generations = { AuthenticAMD: AMD, GenuineIntel: INTEL }[field('vendor_id')] ?? [];
  const [family, number] = [Number(field('cpu family')), Number(field('model'))];
  const known = generations.find(
    ([, of, ranges]) => of === family && ranges.some(([first, last]) => first <= number && number <= last),
  );
  const part = field('CPU implementer') === '0x41' ? ARM[field('CPU part')] : undefined;
  return known?.[0] ?? part ?? model;
}

/** Those of the instruction sets in /proc/cpuinfo that decide what a relaxed instruction becomes. */
export function instructionSets(cpuinfo: string): string[] {
  const flags = /^(?:flags|Features)\s*: (.*)$/m.exec(cpuinfo)?.[1].split(' ') ?? [];
  return SETS.filter((name) => flags.includes(name));
}
