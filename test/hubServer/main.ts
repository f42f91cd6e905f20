// Runs the table in whatever runtime executes this bundle, against a server that another process holds.
// Arguments: origin of the hub, then parts of scenario names (none: all). One line per scenario, then the sum.
import { browserCaches } from './browserCache.ts';
import { runScenario, SCENARIOS } from './table.ts';

const [origin, ...parts] = process.argv.slice(2);
let failed = 0;
let passed = 0;
const hasCaches = typeof caches !== 'undefined';
if (!hasCaches) console.log('skip: no Cache API in this runtime');
for (const scenario of [...SCENARIOS, ...(hasCaches ? browserCaches : [])]) {
  if (parts.length > 0 && !parts.some((part) => scenario.name.includes(part))) continue;
  const started = performance.now();
  try {
    await runScenario(scenario, origin);
    passed++;
  } catch (error) {
    failed++;
    console.log(`FAIL ${scenario.name}\n${(error as Error)?.stack ?? error}`);
  }
  const seconds = (performance.now() - started) / 1000;
  if (seconds > 2) console.log(`slow ${scenario.name}: ${seconds.toFixed(1)} s`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
