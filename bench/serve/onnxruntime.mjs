// node onnxruntime.mjs FOLDER: the smallest honest server on onnxruntime-node. POST / with a picture gives its best five
// labels. It decodes and resizes with sharp, as the guides of the field do, and has neither queue nor deadline.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const need = createRequire(resolve('bench/rivals/package.json'));
const ort = need('onnxruntime-node');
const sharp = need('sharp');
const [folder] = process.argv.slice(2);
const { id2label } = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8'));
const {
  size,
  image_mean: mean,
  image_std: std,
} = JSON.parse(readFileSync(`${folder}/preprocessor_config.json`, 'utf8'));
const session = await ort.InferenceSession.create(`${folder}/onnx/model.onnx`, { logSeverityLevel: 3 });

async function pixelsOf(picture) {
  const fit = { width: size.width, height: size.height, fit: 'fill', kernel: 'cubic' };
  const raw = await sharp(picture).removeAlpha().toColourspace('srgb').resize(fit).raw().toBuffer();
  const plane = size.width * size.height;
  const pixels = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) pixels[c * plane + i] = (raw[3 * i + c] / 255 - mean[c]) / std[c];
  }
  return new ort.Tensor('float32', pixels, [1, 3, size.height, size.width]);
}

async function classify(picture) {
  const { logits } = await session.run({ pixel_values: await pixelsOf(picture) });
  const largest = logits.data.reduce((a, b) => Math.max(a, b));
  const weights = Array.from(logits.data, (logit) => Math.exp(logit - largest));
  const sum = weights.reduce((a, b) => a + b);
  const guesses = weights.map((weight, i) => ({ label: id2label[i], score: weight / sum }));
  return guesses.sort((a, b) => b.score - a.score).slice(0, 5);
}

const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const guesses = await classify(Buffer.concat(chunks));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(guesses));
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
