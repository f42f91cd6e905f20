// Loaded before every test file: they run side by side on all processors, so each one sees a single processor. A model then
// takes one thread unless a test asks for more, and threads of different files do not wait for one another.
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';

os.availableParallelism = () => 1;
syncBuiltinESMExports();
