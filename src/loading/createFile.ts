import { platform } from '#platform';
import { check } from '../errors.ts';
import { quoted } from '../quoted.ts';
import { type FileWriter, fillFile } from '../weights/save/saveSafetensors.ts';

/** Makes a file in the folder that is written to. */
export type CreateFile = (name: string) => Promise<FileWriter> | FileWriter;

/** A folder's files, or the given function as it is. @throws `FileSystem`; `UnsupportedRuntime` without a file system */
export async function fileMaker(target: string | CreateFile): Promise<CreateFile> {
  if (typeof target === 'function') return target;
  check(typeof target === 'string', 'InvalidArgument', () => {
    return `Cannot write a model: expected a folder or a function that makes files, got ${typeof target}`;
  });
  check(platform.writer, 'UnsupportedRuntime', `Cannot write to ${quoted(target)}: this runtime has no file system`);
  return platform.writer(target);
}

export function writeText(create: CreateFile, name: string, text: string): Promise<void> {
  return writeFile(create, name, new TextEncoder().encode(text));
}

export async function writeFile(create: CreateFile, name: string, bytes: Uint8Array): Promise<void> {
  await fillFile(await create(name), (write) => write(bytes));
}
