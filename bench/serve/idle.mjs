// A process that does nothing, to be watched by loopDelay.mjs.
console.log(JSON.stringify({ url: 'none' }));
setInterval(() => {}, 1_000_000);
process.once('SIGTERM', () => process.exit(0));
