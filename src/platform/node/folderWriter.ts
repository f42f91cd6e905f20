import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileWriter } from '../../weights/saveSafetensors.ts';
import { onDisk } from './fileSystemError.ts';

/** Makes the folder; files of it are written from the start. @throws `FileSystem` */
export async function folderWriter(folder: string): Promise<(name: string) => Promise<FileWriter>> {
  await onDisk(`make the folder ${folder}`, () => mkdir(folder, { recursive: true }));
  return async (name) => {
    const path = join(folder, name);
    const what = `write ${path}`;
    const file = await onDisk(what, () => open(path, 'w'));
    return {
      write: (chunk) => onDisk(what, () => file.writeFile(chunk)),
      close: () => onDisk(what, () => file.close()),
    };
  };
}
