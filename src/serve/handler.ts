/**
 * What the server is where a runtime brings its own listener, such as Cloudflare's workerd.
 *
 * @module
 */
export { HttpError } from './httpError.ts';
export type { ModelSpec } from './modelRepository.ts';
export type { ServeTask } from './servedModel.ts';
export { type BeitServer, createServer, type RequestContext, type RequestLog, type ServerOptions } from './server.ts';
export type { FetchPicture } from './serverParts.ts';
