import { check } from '../errors.ts';
import { quoted } from '../quoted.ts';

const PART = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?$/;
/** Letters, digits and marks of any script, and the punctuation real repositories use; no `%`, `:`, `\` or control. */
const SEGMENT = /^[\p{L}\p{M}\p{N}_.+@=,()[\] -]{1,255}$/u;
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/**
 * Rejects a repository id that is not `name` or `owner/name`, by the hub's own rules.
 *
 * @throws `InvalidArgument`
 * @example
 * checkRepository('microsoft/beit-base-patch16-224');
 */
export function checkRepository(repository: string): void {
  const parts = typeof repository === 'string' ? repository.split('/') : [];
  const formed = parts.length >= 1 && parts.length <= 2 && parts.every((part) => PART.test(part));
  const clean = formed && repository.length <= 96 && !/--|\.\.|\.git$/.test(repository);
  check(
    clean,
    'InvalidArgument',
    () => `Cannot open a repository: ${quoted(repository)} is not "name" or "owner/name"`,
  );
}

/**
 * Rejects a revision that git would not take as a branch, tag or commit name.
 *
 * @throws `InvalidArgument`
 * @example
 * checkRevision('refs/pr/1');
 */
export function checkRevision(revision: string): void {
  const fine = typeof revision === 'string' && revision.length <= 255 && revision.split('/').every(isSafeSegment);
  check(
    fine,
    'InvalidArgument',
    () => `Cannot open a revision: ${quoted(revision)} is not the name of a branch, tag or commit`,
  );
}

/**
 * Rejects a file name that could mean anything but a file below the repository's root: `..`, absolute paths, drive
 * letters, backslashes, percent-encoding, control characters.
 *
 * @throws `InvalidArgument`
 * @example
 * checkFileName('model-00001-of-00002.safetensors');
 */
export function checkFileName(name: string): void {
  const fine = typeof name === 'string' && name.length <= 1024 && name.split('/').every(isSafeSegment);
  check(
    fine,
    'InvalidArgument',
    () => `Cannot open a file: ${quoted(name)} must be a relative path inside a repository`,
  );
}

/** Whether `text` is a full git commit hash. */
export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

function isSafeSegment(segment: string): boolean {
  return SEGMENT.test(segment) && !/^\.{1,2}$|^ |[. ]$/.test(segment) && !WINDOWS_DEVICE.test(segment);
}
