import { check } from '../errors.ts';
import { checkOptions, OPTIONS } from '../options.ts';
import type { ModelFiles } from '../weights/bytes/byteSource.ts';
import { filesAtUrl, type UrlOptions } from './filesAtUrl.ts';

/**
 * The files of a folder on a web server, such as one's own assets. Weights run from the response straight to where they
 * are wanted.
 *
 * @param folder the URL of the folder, with or without a slash at its end
 * @param options signal and `fetch`
 * @returns a source for `fromPretrained`; a file is fetched when it is opened
 * @throws `InvalidArgument` for a folder that is not a string; `Network`, from `open` and while reading, when the server does not answer, answers with an error other than
 * 404, 401 and 403 (which mean that there is no such file), or breaks off; `Aborted`
 * @example
 * const model = await BeitModel.fromPretrained(urlFiles('https://example.org/models/beit/'));
 */
export function urlFiles(folder: string, options: UrlOptions = {}): ModelFiles {
  check(typeof folder === 'string', 'InvalidArgument', () => `Invalid URL: expected a string, got ${typeof folder}`);
  checkOptions(options, OPTIONS.load);
  return filesAtUrl(folder, options);
}
