// node examples/web/serve.mjs [--port 8080] [--no-isolation]: the page with the headers it is made for.
// node examples/web/serve.mjs --out site: the same as a folder of files, for any server; send the same headers there.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundlePage } from './bundle.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const MODELS = ['beit-digits', 'beit-digits-pt', 'beit-scenes'];
const PLAIN = ['index.html', 'style.css', 'elements.css', 'panels.css', 'stage.css', 'controls.css'];
/** Path in the site → file or folder. */
const PLACES = {
  ...Object.fromEntries(PLAIN.map((name) => [name, join(HERE, name)])),
  'still-life.jpg': join(HERE, '../../fixtures/pictures/still-life.jpg'),
  'beit-wasm': join(HERE, '../../dist'),
  ...Object.fromEntries(MODELS.map((name) => [`models/${name}`, join(HERE, '../../fixtures', name)])),
};
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
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
export async function serve({ port = 0, isolated = true } = {}) {
  const scripts = await bundlePage(HERE);
  const server = createServer((request, response) => {
    const headers = { 'content-security-policy': POLICY, ...(isolated ? ISOLATION : {}) };
    const path = decodeURIComponent(new URL(request.url, 'http://x/').pathname).slice(1) || 'index.html';
    try {
      const body = scripts.get(path) ?? readFileSync(placeOf(path));
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

/** The file of a path; an URL has no `..` left. */
function placeOf(path) {
  const root = Object.keys(PLACES).find((name) => path === name || path.startsWith(`${name}/`));
  return root ? join(PLACES[root], path.slice(root.length)) : '';
}

/** Writes the site. */
async function write(folder) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of await bundlePage(HERE)) writeFileSync(join(folder, name), text);
  for (const [name, place] of Object.entries(PLACES)) cpSync(place, join(folder, name), { recursive: true });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name) => process.argv[process.argv.indexOf(name) + 1 || process.argv.length];
  const out = option('--out');
  if (out) await write(out);
  else {
    const { url } = await serve({
      port: Number(option('--port') ?? 8080),
      isolated: !process.argv.includes('--no-isolation'),
    });
    console.log(url);
  }
}
