import { globSync } from './glob.mjs';

/** The test files whose path contains one of `parts`; all of them when there are none. */
export function testFiles(parts, files = globSync('test', /\.test\.ts$/)) {
  return files.filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
}

/** `files`, those that took longest the last time first, so that no long one starts when the others are finished. */
export function longestFirst(files, seconds) {
  const last = (file) => seconds[file] ?? Number.POSITIVE_INFINITY;
  return [...files].sort((a, b) => (last(a) === last(b) ? 0 : last(b) - last(a)));
}

/** The test files that import one of the `changed` sources, directly or not. `inputs` are those of esbuild's metafile. */
export function importersOf(changed, tests, inputs) {
  const reaches = (file, seen) => {
    if (changed.includes(file)) return true;
    if (seen.has(file)) return false;
    seen.add(file);
    return (inputs[file]?.imports ?? []).some(({ path }) => reaches(path, seen));
  };
  return tests.filter((test) => reaches(test, new Set()));
}
