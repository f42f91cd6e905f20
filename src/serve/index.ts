/**
 * beit-wasm/serve: models over HTTP, in every runtime that has `Request` and `Response`.
 *
 * @module
 */
export * from './handler.ts';
export { type Listening, type ListenOptions, listen } from './listen.ts';
export { picturesFrom, type ResolveHost } from './remotePictures.ts';
