// node bench/lab/versions.mjs ROUNDS FOLDER DIST DIST …: builds of the whole library side by side, such as those of two commits. One
// pass of the model in FOLDER each, in turns, on one thread; the median CPU time of a pass, and its ratio to the first build's.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [rounds, folder, ...builds] = process.argv.slice(2);
const DTYPES = ['f32', 'q8'];

for (const dtype of DTYPES) {
  const passes = [];
  for (const build of builds) passes.push(await open(build, dtype));
  const times = builds.map(() => []);
  for (let round = 0; round < Number(rounds) + 2; round++)
    for (const [i, pass] of passes.entries()) {
      const before = process.cpuUsage();
      await pass();
      const { user, system } = process.cpuUsage(before);
      if (round > 1) times[i].push((user + system) / 1000);
    }
  const medians = times.map((list) => list.sort((a, b) => a - b)[list.length >> 1]);
  for (const [i, build] of builds.entries())
    console.log(`${dtype}  ${medians[i].toFixed(1)} ms  ${(medians[i] / medians[0]).toFixed(3)}  ${build}`);
}

async function open(build, dtype) {
  const { BeitForImageClassification, Tensor } = await import(pathToFileURL(resolve(build, 'index.node.js')).href);
  const model = await BeitForImageClassification.fromPretrained(folder, { dtype, threads: 1, worker: false });
  const { height, width } = model.config.nativeSize;
  const channels = model.config.numChannels;
  const noise = Float32Array.from({ length: channels * height * width }, (_, i) => Math.sin(i));
  const pixelValues = new Tensor('float32', noise, [1, channels, height, width]);
  return () => model.forward({ pixelValues });
}
