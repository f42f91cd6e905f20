// node scripts/notices.mjs [--check]: THIRD_PARTY_NOTICES.md, the licenses of what is bundled. With --check it only compares.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { BUNDLES, bundleOptions } from './bundles.mjs';

const FILE = 'THIRD_PARTY_NOTICES.md';
const HEAD = `# Third-party notices

What is bundled into the published files, and its license. \`node scripts/notices.mjs\` writes this file.
`;
const DATA = `## Data

- \`fixtures/beit-digits\` and \`fixtures/beit-digits-pt\` were trained on, and hold scans of, the "Optical Recognition of
  Handwritten Digits" data set by E. Alpaydin and C. Kaynak (UCI Machine Learning Repository, CC BY 4.0), as scikit-learn
  ships it.
- The ADE20K palette in \`src/explain/ade20kPalette.ts\` has the colors that mmsegmentation lists.
`;

/** Packages and the entries of dist/ that contain them. A package that is installed in several folders is one. */
async function bundledPackages() {
  const found = new Map();
  for (const bundle of BUNDLES) {
    const { metafile } = await build({ ...bundleOptions(bundle, true), metafile: true });
    const entries = Object.keys(bundle.entryPoints).map((name) => `${name}.js`);
    for (const input of Object.keys(metafile.inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
      if (!folder) continue;
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
      const title = `${name} ${version}`;
      const known = found.get(title)?.entries ?? [];
      found.set(title, { title, folder, license, entries: new Set([...known, ...entries]) });
    }
  }
  return [...found.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
}

function notice({ title, folder, license, entries }) {
  const file = readdirSync(folder).find((name) => /^licen[sc]e(\.\w+)?$/i.test(name));
  const text = file ? readFileSync(`${folder}/${file}`, 'utf8').trim() : `License: ${license}`;
  return `## ${title} (${license}; in ${[...entries].sort().join(', ')})\n\n\`\`\`\n${text}\n\`\`\`\n`;
}

const notices = (await bundledPackages()).map(notice);
const text = [HEAD, ...notices, DATA].join('\n');
if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
  throw new Error(`${FILE} is not what \`node scripts/notices.mjs\` writes: run it and commit`);
}
