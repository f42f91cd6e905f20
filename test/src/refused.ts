import * as assert from 'uvu/assert';
import { BeitError, type ErrorCode } from '../../src/errors.ts';

/** What is awaited, or done, ends in a `BeitError` (of this code, where one is given) whose message fits. */
export async function refused(
  action: Promise<unknown> | (() => unknown),
  code?: ErrorCode,
  message = /./,
): Promise<BeitError> {
  try {
    await (typeof action === 'function' ? action() : action);
  } catch (error) {
    if (!(error instanceof BeitError)) throw error;
    assert.is(error.code, code ?? error.code, error.message);
    assert.match(error.message, message);
    return error;
  }
  throw new Error(`expected ${code ?? 'a refusal'}, but it was accepted`);
}
