/**
 * Runs `action`: what it gives, and what the thread that called could do meanwhile: how often its event loop turned, how
 * long at most a turn took, and its long tasks where they can be observed. Units: ms.
 */
export async function watched(action) {
  const tasks = [];
  const observed = PerformanceObserver.supportedEntryTypes.includes('longtask');
  const observer = observed ? new PerformanceObserver((list) => tasks.push(...list.getEntries())) : null;
  await later(100);
  observer?.observe({ type: 'longtask' });
  const { port1, port2 } = new MessageChannel();
  let [turns, gap, last] = [0, 0, performance.now()];
  port1.onmessage = () => {
    const now = performance.now();
    [turns, gap, last] = [turns + 1, Math.max(gap, now - last), now];
    // not by a timer, which waits, and not at once, which would be all that the thread does
    if (turns % 8 === 0) setTimeout(() => port2.postMessage(null), 1);
    else port2.postMessage(null);
  };
  port2.postMessage(null);
  const begin = performance.now();
  const value = await action();
  const ms = performance.now() - begin;
  port1.close();
  const found = { ms, turns, gap: Math.max(gap, begin + ms - last) };
  await later(100);
  observer?.disconnect();
  return { value, ...found, longTasks: observed ? tasks.map(({ duration }) => duration) : null };
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
