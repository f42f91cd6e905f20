// The small app that every bundler builds: one plain import, one picture.
import { pipeline, runtimeInfo } from 'beit-wasm';

async function run() {
  const classify = await pipeline('image-classification', '/model/');
  const picture = new Uint8Array(await (await fetch('/model/scans/0005-5.png')).arrayBuffer());
  const [best] = await classify(picture);
  const { threads, simd } = runtimeInfo(classify.model);
  classify.dispose();
  return { label: best.label, threads, simd };
}

const report = await run().catch((error) => ({ error: `${error.code} ${error.message}` }));
await fetch('/report', { method: 'POST', body: JSON.stringify(report) });
