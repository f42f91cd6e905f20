// node scripts/test.mjs [PART OF A PATH…]: builds the development form, bundles the tests and runs each file in a process
// of its own, on all processors. The last line is always `N passed, N failed, N skipped`.
import { buildTests, runTests } from './run_tests.mjs';
import { testFiles } from './test_files.mjs';

const files = testFiles(process.argv.slice(2));
await buildTests(files);
const { failed } = await runTests(files);
process.exitCode = failed > 0 ? 1 : 0;
