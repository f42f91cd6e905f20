// What every listener here serves. The first one answers `POST /`.
const source = './fixtures/beit-digits';

export const MODELS = {
  digits: { source, workers: 2, threads: 1 },
  features: { source, task: 'image-feature-extraction', threads: 1 },
};

/** Tells the test where to ask. */
export const tell = (port) => process.stdout.write(`http://127.0.0.1:${port}\n`);
