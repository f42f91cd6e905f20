// node --import this a server: answers each message of its parent with how late timers of its main thread were since the
// message before, how long that thread computed without a turn of its event loop, all that it computed, its resident memory and
// what its objects take.
// A timer is also late on a busy machine, so an idle process beside the server tells what of it is the machine. Unit:
// milliseconds, bytes.
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** The timers that are watched; what they are late by is counted from there. */
const EVERY_MS = 5;
const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
delay.enable();
/** Time of the processor that the main thread took between two timers; none before Node 24. Unit: microseconds. */
const held = createHistogram();
const computed = () => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};
const measured = process.threadCpuUsage !== undefined;
if (measured) {
  let last = computed();
  setInterval(() => {
    const now = computed();
    held.record(Math.max(1, Math.round(now - last)));
    last = now;
  }, EVERY_MS).unref();
}
process.on('message', () => {
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - EVERY_MS);
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({
    p99: late(delay.percentile(99)),
    max: late(delay.max),
    heldP99: held.count ? held.percentile(99) / 1000 : null,
    heldMax: held.count ? held.max / 1000 : null,
    cpu: measured ? computed() / 1000 : null,
    rss,
    heap: heapUsed + external,
  });
  delay.reset();
  held.reset();
});
process.channel?.unref();
