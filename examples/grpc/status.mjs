import { status } from '@grpc/grpc-js';

/** What a status of HTTP is in gRPC. */
const CODES = {
  400: status.INVALID_ARGUMENT,
  401: status.UNAUTHENTICATED,
  404: status.NOT_FOUND,
  413: status.RESOURCE_EXHAUSTED,
  415: status.INVALID_ARGUMENT,
  429: status.RESOURCE_EXHAUSTED,
  499: status.CANCELLED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED,
};

/** An answer that is not 200, as the error of a call. `retry-after` (seconds) travels in the details of the message. */
export async function failureOf(response) {
  const { error = `HTTP ${response.status}`, code } = await response.json().catch(() => ({}));
  const wait = response.headers.get('retry-after');
  const details = `${code ? `${code}: ` : ''}${error}${wait ? `; try again after ${wait} s` : ''}`;
  return { code: CODES[response.status] ?? status.INTERNAL, details };
}
