import { lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileWriter } from '../../weights/save/saveSafetensors.ts';
import { onDisk } from './fileSystemError.ts';

/** Weights are found by either name: the one of a model that was there before would be taken for this one's. */
const RIVALS = ['model', 'model.q8', 'model.q4'].flatMap((stem) => [
  `${stem}.safetensors`,
  `model.safetensors.index${stem.slice(5)}.json`,
]);

/**
 * Makes the folder. A file is written beside its place and renamed when it is whole, so that a full disk or the end of the
 * process leaves the file that was there. @throws `FileSystem`
 */
export async function folderWriter(folder: string): Promise<(name: string) => Promise<FileWriter>> {
  await onDisk(`make the folder ${folder}`, () => makeFolder(folder));
  return async (name) => {
    const path = join(folder, name);
    const what = `write ${path}`;
    // a link or a device keeps its place
    const isPlain = await onDisk(what, () => isPlainPlace(path));
    const written = isPlain ? `${path}.incomplete` : path;
    const file = await onDisk(what, () => open(written, 'w'));
    const finish = async () => {
      await file.close();
      if (isPlain) await rename(written, path);
      const rivals = RIVALS.includes(name) ? RIVALS.filter((rival) => rival !== name) : [];
      for (const rival of rivals) await rm(join(folder, rival), { force: true });
    };
    return {
      write: (chunk) => onDisk(what, () => file.writeFile(chunk)),
      close: () => onDisk(what, finish),
      abort: async () => {
        await file.close();
        if (isPlain) await rm(written, { force: true });
      },
    };
  };
}

/** Whether a new file may take this place. */
async function isPlainPlace(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return found === null || found.isFile();
}

/** Node's own recursion never ends where a folder is there and denies that it is, as /proc does. */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolder(parent);
  await mkdir(path).catch(async (error) => {
    if (!(await isFolder(path))) throw error; // someone else may have made it meanwhile
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}
