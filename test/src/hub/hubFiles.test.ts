import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type HubServer, startHubServer } from '../../hubServer/server.ts';
import { runScenario, SCENARIOS, scripts } from '../../hubServer/table.ts';

const test = suite('hub/hubFiles');
let server: HubServer;

test.before(async () => {
  server = await startHubServer(scripts());
});
test.after(() => server.close());

test('has at least sixty scenarios, each with a name of its own', () => {
  assert.ok(SCENARIOS.length >= 60, `${SCENARIOS.length}`);
  assert.is(new Set(SCENARIOS.map((scenario) => scenario.name)).size, SCENARIOS.length);
  assert.ok(scripts().size > SCENARIOS.length, 'two names make one path');
});

for (const scenario of SCENARIOS) test(scenario.name, () => runScenario(scenario, server.hub));

test.run();
