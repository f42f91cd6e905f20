// Run by test/slow/threads.ts in every runtime, with the path of that runtime's bundle and a number of threads: prints
// one line of JSON. A process that does not end by itself has failed.
import { smoke } from './smoke.mjs';

const [bundle, threads] = (globalThis.Deno?.args ?? process.argv.slice(2)).slice(-2);
const { model: _, ...report } = await smoke(await import(bundle), { threads: Number(threads) });
// the model is not disposed of: parked workers must not keep the process alive
console.log(JSON.stringify(report));
