import * as assert from 'uvu/assert';
import { cacheApiStore } from '../../src/hub/cache/cacheApiStore.ts';
import { COMMIT, FILES } from './repository.ts';
import type { Scenario } from './scenario.ts';

const MODEL = 'model.safetensors';

/** The runtime's own Cache API under the client; only for runtimes that have one (Deno, workerd, browsers). */
export const browserCaches: readonly Scenario[] = [
  {
    name: 'own Cache API: kept, found again, nothing kept of a broken file',
    cdn: [{ endAt: 100_000 }, {}, { corruptAt: 9, always: true }],
    async run(t) {
      const store = await cacheApiStore(`beit-${crypto.randomUUID()}`);
      assert.ok(store);
      await t.arrives(MODEL, { store });
      await t.arrives('empty.txt', { store });
      const requests = (await t.seen()).length;
      await t.arrives(MODEL, { store, localFilesOnly: true });
      await t.arrives(MODEL, { store, revision: COMMIT });
      assert.is((await t.seen()).length, requests);
      await t.fails('weights/part one/model-00001-of-00001.safetensors', 'IntegrityFailed', /sha256/, { store });
      assert.is(await store.find('owner/model', COMMIT, 'weights/part one/model-00001-of-00001.safetensors'), null);
      assert.is((await store.readRef('owner/model', 'main'))?.length, FILES['config.json'].etag.length);
    },
  },
];
