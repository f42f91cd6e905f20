// node scripts/run.mjs bench/serve/batches.ts [digits] [base]: what a server would gain if it joined requests that wait into
// batches: time of the processors for a picture, in batches of 1 to 8, in turns. Build first.
import { pipeline } from '../../src/pipelines/pipeline.ts';
import { type ServedModelName, servedModelFiles } from './models.ts';

const SIZES = [1, 2, 4, 8];
/** Pictures of each size in a round, and rounds. */
const COURSES = { digits: [48, 11], base: [8, 3] } as const;

const processors = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function measure(name: ServedModelName): Promise<void> {
  const { folder, picture } = await servedModelFiles(name);
  using classify = await pipeline('image-classification', folder, { threads: 1 });
  const [pictures, rounds] = COURSES[name];
  const costs = SIZES.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, size] of SIZES.entries()) {
      const batch = Array.from({ length: size }, () => picture);
      const before = processors();
      for (let done = 0; done < pictures; done += size) await classify(batch);
      if (round > 0) costs[i].push((processors() - before) / pictures); // the first one warms
    }
  }
  const medians = costs.map((values) => values.sort((a, b) => a - b)[values.length >> 1]);
  for (const [i, size] of SIZES.entries()) {
    const gain = (medians[0] / medians[i]).toFixed(2);
    console.log(
      `${name}, batches of ${size}: ${medians[i].toFixed(2)} ms a picture, ${gain} × the pictures a second of 1`,
    );
  }
}

const wanted = process.argv.slice(2) as ServedModelName[];
for (const name of wanted.length > 0 ? wanted : (['digits', 'base'] as const)) await measure(name);
