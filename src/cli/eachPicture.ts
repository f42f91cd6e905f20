import { BeitError } from '../errors.ts';
import { EXIT } from './exit.ts';
import { tellLine } from './progress.ts';

/**
 * Does `work` for every picture. One that is rejected does not stop the others: it is reported, as a JSON line when the
 * answers are JSON lines, and the exit code says so: the highest, where there are several.
 */
export async function eachPicture(
  images: readonly string[],
  json: boolean | undefined,
  work: (image: string) => Promise<void>,
): Promise<void> {
  for (const image of images) {
    try {
      await work(image);
    } catch (error) {
      if (!(error instanceof BeitError)) throw error;
      reportPicture(image, error, json === true);
    }
  }
}

/** Tells of a picture that was rejected, on standard output as JSON or on standard error, and sets the exit code. */
export function reportPicture(image: string, { code, message }: BeitError, json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify({ image, error: { code, message } })}\n`);
  else tellLine(`beit: ${image}: ${message} (${code})`);
  const exitCode = code === 'FileSystem' ? EXIT.model : EXIT.picture;
  process.exitCode = Math.max(Number(process.exitCode ?? EXIT.ok), exitCode);
}
