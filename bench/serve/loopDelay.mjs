// node --import this a server: answers each message of its parent with what the event loop of its main thread was late by
// since the message before, and with its resident memory. Unit: milliseconds, bytes.
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** The timer that is watched; what it is late by is counted from there. */
const EVERY_MS = 5;
const delay = monitorEventLoopDelay({ resolution: EVERY_MS });
delay.enable();
process.on('message', () => {
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - EVERY_MS);
  const { rss } = process.memoryUsage();
  process.send({ p50: late(delay.percentile(50)), p99: late(delay.percentile(99)), max: late(delay.max), rss });
  delay.reset();
});
process.channel?.unref();
