import { suite } from 'uvu';
import { agreeOnCores } from '../../ops/guardedBackend.ts';
import { MAP_OPS } from '../../ops/mapOps.ts';

/** Every op on maps, on the core and in the plain loops of test/reference, on the same numbers. */
const test = suite('wasm/mapOps');

for (const [name, op] of Object.entries(MAP_OPS)) test(name, () => agreeOnCores(op, 1e-5));

test.run();
