// RUNTIME coldStart.mjs ENTRY: imports an entry of the library and reads one digit; prints milliseconds of wall and processor.
const [entry] = process.argv.slice(2);
const folder = 'fixtures/beit-digits';
const cpu = () => process.cpuUsage().user / 1e3 + process.cpuUsage().system / 1e3;
const [begin, cpuBegin] = [performance.now(), cpu()];
const { pipeline } = await import(new URL(entry, `file://${process.cwd()}/`).href);
const imported = performance.now();
const classify = await pipeline('image-classification', folder, { threads: 1 });
const loaded = performance.now();
const [{ label }] = await classify(`${folder}/scans/0005-5.png`, { topK: 1 });
const end = performance.now();
const times = { label, import: imported - begin, load: loaded - imported, answer: end - loaded, cpu: cpu() - cpuBegin };
console.log(JSON.stringify(times));
classify.dispose();
