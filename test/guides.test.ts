import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/** Every block of JavaScript in README.md and docs/, run in a folder where the package is installed and nothing else. */
const test = suite('guides');
const GUIDES = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);

/** A project of a user: the package is where `npm install beit-wasm` puts it. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guide-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules/beit-wasm'), 'junction');
  return folder;
}

function blocksOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
}

let count = 0;
for (const file of GUIDES) {
  for (const [i, code] of blocksOf(file).entries()) {
    count++;
    test(`${file}, block ${i + 1}`, () => {
      const folder = project();
      writeFileSync(join(folder, 'main.mjs'), code);
      const { status, stderr, stdout } = spawnSync(process.execPath, ['main.mjs'], { cwd: folder, encoding: 'utf8' });
      assert.is(status, 0, stderr);
      assert.ok(stdout.length > 0, 'a guide shows something');
    });
  }
}

test('there are guides that run', () => {
  assert.ok(count >= 5, `${count} blocks`);
});

test.run();
