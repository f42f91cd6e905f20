// npm run test:slow: the sweeps that take minutes, one after the other. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';

const SWEEPS = [
  ['fuzz.ts', '100000'], // mutations of every weights format
  ['hostileConfigs.ts'], // every field of every JSON file × every hostile value
  ['webpMutations.ts', '100000'], // hostile WebP files
  ['fuzzPictures.ts', '100000'], // mutations of JPEG, PNG, GIF, BMP and TIFF
  ['processors.ts'], // every image processor of transformers, with PYTHON
  ['quantizers.ts'], // weights as every quantizer saves them, with PYTHON
  ['ulp.ts', '2003'], // accuracy of the core's functions
  ['load.ts', 'base', 'large'], // resident memory while loading
  ['hubRuntimes.ts'], // the hub's scenarios in Node, Deno and Bun
  ['threads.ts'], // pools in every runtime that is installed
  ['batchKilled.ts', '--kills', '100'], // a batch that is killed and resumed, byte for byte
  ['batchLimits.ts', '5000'], // a batch on a full disk, and one with broken pictures
  ['serveChaos.ts', '--seconds', '10', '--bodies', '200', '--idle', '1000'], // a server under what clients and threads can do
  ['readOnly.ts'], // a server without rights on a read-only file system, where that can be set up
  ['visualTokenizers.ts'], // tokens against DALL-E, FLAVA and BEiT v2, with PYTHON
  ['segmentation640.ts', '320'], // a full-size segmentation within its memory plan
];

let passed = 0;
for (const [file, ...args] of SWEEPS) {
  console.log(`\n── ${file} ${args.join(' ')}`);
  const script = ['scripts/run.mjs', `test/slow/${file}`, ...args];
  passed += spawnSync(process.execPath, script, { stdio: 'inherit' }).status === 0 ? 1 : 0;
}
console.log(`${passed} passed, ${SWEEPS.length - passed} failed`);
process.exitCode = passed === SWEEPS.length ? 0 : 1;
