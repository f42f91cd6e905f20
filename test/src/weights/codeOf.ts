import { BeitError } from '../../../src/errors.ts';

/** The code of the `BeitError` that a promise is rejected with; any other rejection goes on. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof BeitError) return error.code;
    throw error;
  }
  return 'no error';
}
