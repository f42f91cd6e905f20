// RUNTIME coldStart.mjs ENTRY: imports an entry of the library and reads one digit; prints milliseconds of wall and processor.
const [entry] = process.argv.slice(2);
const PASSES = 400;
const folder = 'fixtures/beit-digits';
const cpu = () => process.cpuUsage().user / 1e3 + process.cpuUsage().system / 1e3;
const [begin, cpuBegin] = [performance.now(), cpu()];
const { pipeline, Tensor } = await import(new URL(entry, `file://${process.cwd()}/`).href);
const imported = performance.now();
const classify = await pipeline('image-classification', folder, { threads: 1 });
const loaded = performance.now();
const [{ label }] = await classify(`${folder}/scans/0005-5.png`, { topK: 1 });
const end = performance.now();
const times = { label, import: imported - begin, load: loaded - imported, answer: end - loaded, cpu: cpu() - cpuBegin };

// passes of this tiny model: the one after the answer, and the best of those that come once the engine has compiled all for good
const pixelValues = new Tensor('float32', new Float32Array(3 * 32 * 32).fill(0.5), [1, 3, 32, 32]);
const passes = [];
for (let i = 0; i < PASSES; i++) {
  const start = performance.now();
  await classify.model.forward({ pixelValues });
  passes.push(performance.now() - start);
}
const settled = passes.slice(PASSES / 2).sort((a, b) => a - b);
console.log(JSON.stringify({ ...times, secondPass: passes[0], settledPass: settled[0] }));
classify.dispose();
