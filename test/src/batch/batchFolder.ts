import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

const SCANS = 'fixtures/beit-digits/scans';

/** A folder of the digit scans, and under `broken/` one file that is not a picture. */
export function pictureFolder(broken = true): string {
  const folder = mkdtempSync(join(tmpdir(), 'batch-'));
  for (const name of readdirSync(SCANS)
    .filter((file) => file.endsWith('.png'))
    .slice(0, 8)) {
    cpSync(`${SCANS}/${name}`, join(folder, name));
  }
  if (!broken) return folder;
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken', 'text.jpg'), 'not a picture');
  return folder;
}

/** Every file under a folder, by its path, as base64; what a killed process left unfinished is not a result. */
export function filesUnder(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.endsWith('.partial'));
  return Object.fromEntries(
    paths.sort().map((path) => [relative(folder, path), readFileSync(path).toString('base64')]),
  );
}
