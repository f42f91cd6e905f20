import * as assert from 'uvu/assert';
import { BeitError, type ErrorCode } from '../../src/errors.ts';

/** `action` throws, or rejects with, a `BeitError` of this code whose message fits. */
export async function refused(action: () => unknown, code: ErrorCode, message = /./): Promise<BeitError> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    assert.is(error.code, code, error.message);
    assert.match(error.message, message);
    return error;
  }
  throw new Error(`expected ${code}, but it was accepted`);
}
