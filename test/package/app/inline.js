// The same with the WebAssembly inside the script: a bundle of one file.
import { pipeline, runtimeInfo } from 'beit-wasm/inline';

const classify = await pipeline('image-classification', '/model/');
const picture = new Uint8Array(await (await fetch('/model/scans/0005-5.png')).arrayBuffer());
const [best] = await classify(picture);
const { threads, simd } = runtimeInfo(classify.model);
await fetch('/report', { method: 'POST', body: JSON.stringify({ label: best.label, threads, simd }) });
