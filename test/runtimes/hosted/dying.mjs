// Loaded before the script of a thread: the thread that takes up a command while an order stands dies in the middle of it.

/** A word of the command block that the library does not use. */
const ORDER = 31;

/** How a thread can end from within. Nothing of this is in the library: it stands for what else may happen in a thread. */
const DEATHS = {
  'process.exit()': () => globalThis.process.exit(3),
  'self.close()': () => globalThis.close(),
  exception: () => {
    throw new Error('from within');
  },
  'stack overflow': function overflow() {
    overflow();
  },
};
const WAYS = Object.keys(DEATHS);

/** The next thread that takes up a command of this block will end in this way. */
export function orderDeath(control, way) {
  Atomics.store(new Int32Array(control), ORDER, 1 + WAYS.indexOf(way));
}

/** In a thread: when it takes up a command is the only time that it stores a word. */
export function obey() {
  const store = Atomics.store;
  Atomics.store = (words, at, value) => {
    const order = Atomics.exchange(words, ORDER, 0);
    if (order > 0) DEATHS[WAYS[order - 1]]();
    return store(words, at, value);
  };
}
