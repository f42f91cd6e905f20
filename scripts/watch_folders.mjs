import { watch } from 'node:fs';

/** One save of an editor is several events; this long after the last one, they are reported. */
const QUIET_MS = 100;

/** Calls `changed(paths)` after files in `folders` changed. While a call runs, changes are collected for the next one. */
export function watchFolders(folders, changed) {
  const paths = new Set();
  let timer;
  let running = false;
  const flush = async () => {
    if (running || paths.size === 0) return;
    running = true;
    const batch = [...paths];
    paths.clear();
    await changed(batch);
    running = false;
    flush();
  };
  for (const folder of folders)
    watch(folder, { recursive: true }, (_event, name) => {
      paths.add(`${folder}/${name}`.replaceAll('\\', '/'));
      clearTimeout(timer);
      timer = setTimeout(flush, QUIET_MS);
    });
}
