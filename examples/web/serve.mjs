// node examples/web/serve.mjs [--port 8080] [--no-isolation]: the page with the headers it is made for. Elsewhere, put
// dist/ beside it as beit-wasm/ and a model as model/, and send the same headers.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOTS = { 'beit-wasm': join(HERE, '../../dist'), model: join(HERE, '../../fixtures/beit-digits') };
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self' https://huggingface.co https://*.hf.co",
  "img-src 'self' blob: data:",
  "style-src 'self'",
].join('; ');
/** Threads need these; without them the page runs on one. */
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serves on loopback; resolves to the URL and what ends it. */
export function serve({ port = 0, isolated = true } = {}) {
  const server = createServer((request, response) => {
    const headers = { 'content-security-policy': POLICY, ...(isolated ? ISOLATION : {}) };
    const [first, ...rest] = new URL(request.url, 'http://x/').pathname.slice(1).split('/');
    const path = ROOTS[first] ? join(ROOTS[first], ...rest) : join(HERE, first || 'index.html', ...rest);
    try {
      const body = readFileSync(path);
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.writeHead(200, { 'content-type': type, 'content-length': body.length, ...headers }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const close = () => {
        server.closeAllConnections();
        server.close();
      };
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, close });
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--port');
  const port = at > 0 ? Number(process.argv[at + 1]) : 8080;
  const { url } = await serve({ port, isolated: !process.argv.includes('--no-isolation') });
  console.log(url);
}
