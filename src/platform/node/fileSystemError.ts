import { BeitError, reason } from '../../errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a file is where a folder is needed',
  EEXIST: 'a file is where a folder is needed',
  EMFILE: 'too many open files',
};

/** What Node's file functions throw, as the error this library throws. */
export function fileSystemError(what: string, cause: unknown): BeitError {
  if (cause instanceof BeitError) return cause;
  const code = errno(cause);
  const known = code !== undefined && REASONS[code] ? `${REASONS[code]} (${code})` : (code ?? reason(cause));
  return new BeitError('FileSystem', `Cannot ${what}: ${known}`, { cause });
}

/** Node's code of a failed system call, such as 'ENOENT'. */
export function errno(thrown: unknown): string | undefined {
  return (thrown as NodeJS.ErrnoException | undefined)?.code;
}

/** Whether a file is there for others: Deno has an error of its own for what it was not allowed to look at. */
export function isDenied(thrown: unknown): boolean {
  const { name } = Object(thrown) as { name?: unknown };
  return ['EACCES', 'EPERM'].includes(errno(thrown) ?? '') || name === 'NotCapable' || name === 'PermissionDenied';
}

/** Runs `action`, naming what was done when the file system fails. */
export async function onDisk<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw fileSystemError(what, cause);
  }
}

/** Runs `action`; null when what it needs does not exist. */
export async function ifThere<T>(what: string, action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (cause) {
    const code = errno(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw fileSystemError(what, cause);
  }
}
