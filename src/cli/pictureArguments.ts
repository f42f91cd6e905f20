import { text } from 'node:stream/consumers';
import { listFiles } from '../batch/openShards.ts';
import { check } from '../errors.ts';
import { quoted } from '../quoted.ts';

/**
 * The pictures that arguments name: files and URLs themselves, all pictures of folders, globs, `@list.txt` with a path a line,
 * and `-` for such a list on standard input. A name that fits nothing stays, so that it is reported as a picture.
 *
 * @throws `FileNotFound` for a list that cannot be read; `InvalidArgument` for containers of pictures
 */
export async function pictureArguments(
  args: readonly string[],
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<string[]> {
  const lists = await Promise.all(args.map((arg) => picturesOf(arg, stdin)));
  const images = lists.flat();
  const container = images.find((image) => /\.(tar|parquet)$/.test(image));
  check(!container, 'InvalidArgument', () => `Cannot read pictures from ${quoted(container)}: use "beit batch" for it`);
  return images;
}

async function picturesOf(arg: string, stdin: NodeJS.ReadableStream): Promise<string[]> {
  if (arg === '-') return (await text(stdin)).split(/\r?\n/).filter((line) => line !== '');
  if (/^(https?|data|file):/.test(arg)) return [arg];
  const found = await listFiles(arg);
  return found.length > 0 ? found : [arg];
}
