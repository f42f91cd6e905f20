// node transformers.mjs FOLDER: the smallest honest server on transformers.js. POST / with a picture gives its best five labels.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const need = createRequire(resolve('bench/rivals/package.json'));
const { env, pipeline, RawImage } = await import(pathToFileURL(need.resolve('@huggingface/transformers')).href);
const [folder] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${dirname(resolve(folder))}/`;
const classify = await pipeline('image-classification', basename(folder), { dtype: 'fp32' });

const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const image = await RawImage.fromBlob(new Blob(chunks));
    const guesses = await classify(image, { top_k: 5 });
    response.setHeader('content-type', 'application/json').end(JSON.stringify(guesses));
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
